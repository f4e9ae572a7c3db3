import { details, el, type Child } from './dom.ts';
import { colour, onTheme } from './theme.ts';

/** Charts, drawn by Vega from Vega-Lite specifications, without eval. */

/** The parts of the global libraries that the page uses. */
interface VegaView {
  initialize(container: Element): VegaView;
  hover(): VegaView;
  run(): VegaView;
  finalize(): void;
}
declare const vega: {
  readonly View: new (runtime: unknown, options: Readonly<Record<string, unknown>>) => VegaView;
  readonly expressionInterpreter: unknown;
  parse(spec: unknown, config: unknown, options: { readonly ast: true }): unknown;
};
declare const vegaLite: { compile(spec: unknown, options: { readonly config: unknown }): { readonly spec: unknown } };

/** Their scripts are in the page as text: running them takes half a second, which is spent only if there is a chart. */
function loadLibraries(): void {
  for (const text of document.querySelectorAll('script.library')) {
    const script = document.createElement('script');
    script.textContent = text.textContent;
    text.replaceWith(script);
  }
}

export type Specification = Readonly<Record<string, unknown>>;

export interface ChartParams {
  /** Description of the chart for screen readers. */
  readonly label: string;
  /** Called whenever it is drawn, as colours depend on the theme. `width` in pixels. */
  readonly spec: (width: number) => Specification;
  readonly caption?: string | undefined;
  /** The same data as a table. */
  readonly table: Child;
}

/** Colours that are distinguishable with any colour vision (Okabe and Ito 2008), without yellow, which is hard to see on white. */
export const SERIES = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'] as const;

export function chart({ label, spec, caption, table }: ChartParams): HTMLElement {
  const place = el('div', { class: 'chart', role: 'img', 'aria-label': label });
  const figure = el('figure', {}, place, caption !== undefined && el('figcaption', {}, caption), details('Show as a table', table));
  let view: VegaView | undefined;
  const draw = (): void => {
    if (view !== undefined && !figure.isConnected) return; // replaced by another
    loadLibraries();
    view?.finalize();
    place.replaceChildren();
    const config = configOf(place.clientWidth);
    const runtime = vega.parse(
      vegaLite.compile(
        { width: 'container', autosize: { type: 'fit-x', contains: 'padding' }, background: null, ...spec(place.clientWidth) },
        { config },
      ).spec,
      undefined,
      { ast: true },
    );
    view = new vega.View(runtime, { expr: vega.expressionInterpreter, renderer: 'svg', logLevel: 1 }).initialize(place).hover();
    view.run(); // immediately: printing does not wait
  };
  onTheme(draw);
  // Its width is known only once it is in the page; and the page is shown before its charts are drawn.
  requestAnimationFrame(() => setTimeout(draw));
  return figure;
}

function configOf(width: number): Specification {
  const [ink, muted, line] = [colour('ink'), colour('muted'), colour('line')];
  const font = getComputedStyle(document.body).fontFamily;
  return {
    font,
    axis: {
      labelColor: muted,
      titleColor: muted,
      titleFontWeight: 'normal',
      gridColor: line,
      domainColor: line,
      tickColor: line,
      labelFontSize: 12,
      titleFontSize: 12,
      labelLimit: 140,
      labelFlush: false,
      labelOverlap: 'greedy',
    },
    legend: {
      labelColor: ink,
      titleColor: muted,
      titleFontWeight: 'normal',
      labelFontSize: 12,
      titleFontSize: 12,
      orient: 'bottom',
      columns: Math.max(1, Math.floor(width / 260)),
      labelLimit: 240,
      symbolStrokeWidth: 2,
    },
    title: { color: ink, subtitleColor: muted },
    text: { color: ink, font, fontSize: 12 },
    view: { stroke: null },
    range: {
      category: SERIES.map(colour),
      heatmap: [colour('heat-low'), colour('heat-high')],
      ramp: [colour('heat-low'), colour('heat-high')],
    },
    mark: { color: colour('accent'), tooltip: true },
    rule: { color: muted },
  };
}

/** If there are more series than colours, dashes distinguish them. */
export function seriesEncoding(names: readonly string[], title: string): Specification {
  const dashes = names.map(
    (_, at) =>
      [
        [1, 0],
        [6, 3],
        [2, 2],
        [8, 3, 2, 3],
      ][Math.floor(at / SERIES.length) % 4],
  );
  return {
    color: { field: 'series', type: 'nominal', title, sort: null, scale: { domain: names } },
    ...(names.length > SERIES.length && {
      strokeDash: { field: 'series', type: 'nominal', title, sort: null, scale: { domain: names, range: dashes } },
    }),
  };
}
