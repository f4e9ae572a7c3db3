import { details, el, type Child } from './dom.ts';
import { colour, onTheme } from './theme.ts';

/** Charts, drawn by Vega from Vega-Lite specifications, without eval. */

/** What the page uses of the libraries, which are global. */
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

/** Their scripts stand in the page as text: half a second that nobody waits for before there is a chart. */
function loadLibraries(): void {
  for (const text of document.querySelectorAll('script.library')) {
    const script = document.createElement('script');
    script.textContent = text.textContent;
    text.replaceWith(script);
  }
}

export type Specification = Readonly<Record<string, unknown>>;

export interface ChartParams {
  /** What the chart says, for those who do not see it. */
  readonly label: string;
  /** Asked for whenever it is drawn: colours are those of the theme then. `width` in pixels. */
  readonly spec: (width: number) => Specification;
  readonly caption?: string | undefined;
  /** The same as a table. */
  readonly table: Child;
}

/** Colours that all kinds of sight tell apart (Okabe and Ito 2008), yellow left out: it is lost on white. */
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
    view.run(); // at once: a page that is printed waits for nothing
  };
  onTheme(draw);
  // Its width is that of its place, which it has once it stands in the page; and the page is shown before its charts are drawn.
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

/** Dashes tell series apart where there are more than colours. */
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
