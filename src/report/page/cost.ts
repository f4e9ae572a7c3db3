import type { RankedLine, RankedList } from '../verdict/ranked-list.ts';
import { axisOf, startNote, type Axis } from './axis.ts';
import { encoderName, lineName, number, scoreName, tunedName } from './cells.ts';
import { chart } from './chart.ts';
import type { PageData } from './data.ts';
import { chooser, distinct, el, plain, plainNames, type Child } from './dom.ts';
import { labelPlaces } from './label-places.ts';
import { listChooser, taskName } from './list-chooser.ts';
import { table } from './table.ts';
import { colour } from './theme.ts';

/** Score against cost: which encoders are worth their size. */

const HEIGHT = 320;
/** Pixels of the axis of scores, and between the ends of the axis of costs and its first and last point. */
const AXIS = 55;
const PADDING = 30;
/** Closer markers of an encoder are one for the eye, in pixels. */
const MARKER = 12;

interface Point {
  readonly name: string;
  readonly variant: string;
  /** Whether frozen or fine-tuned, if there are both. */
  readonly training: string;
  /** Its name, with its objective. */
  readonly encoder: string;
  readonly place: string;
  readonly score: number;
  readonly low: number;
  readonly high: number;
  readonly tuned: boolean;
  readonly cost: number;
  /** No other encoder has the same or lower cost and a higher score. */
  readonly front: boolean;
}

type CostName = 'parameters' | 'textMs' | 'memoryMb';
const COSTS: Readonly<
  Record<CostName, { readonly label: string; readonly what: string; readonly scale: number; readonly digits: number }>
> = {
  textMs: { label: 'Latency, ms/text (measured)', what: 'latency', scale: 1, digits: 2 },
  parameters: { label: 'Parameters, millions', what: 'number of parameters', scale: 1e-6, digits: 1 },
  memoryMb: { label: 'Memory, MB (measured)', what: 'memory', scale: 1, digits: 0 },
};

export function costSection(data: PageData): Child[] {
  const costs = (Object.keys(COSTS) as CostName[]).filter((cost) => data.rankings.some((list) => areSeveral(points(data, list, cost))));
  const lists = data.rankings.filter((list) => costs.some((cost) => areSeveral(points(data, list, cost))));
  if (lists.length === 0) return [];
  const place = el('div');
  // The menu begins with a cost that is known of the first list.
  const ordered = costs.toSorted((a, b) => Number(areSeveral(points(data, lists[0]!, b))) - Number(areSeveral(points(data, lists[0]!, a))));
  let [list, cost] = [lists[0]!, ordered[0]!];
  const draw = (): void => {
    const found = points(data, list, cost);
    place.replaceChildren(
      areSeveral(found)
        ? costChart(data, list, cost, found)
        : el('p', { class: 'note' }, `${COSTS[cost].label}: not known of two of these encoders.`),
    );
  };
  const menus = listChooser({
    data,
    lists,
    onChange: (chosen) => {
      list = chosen;
      draw();
    },
  });
  return [
    el(
      'div',
      { class: 'controls' },
      ...menus,
      costs.length > 1 &&
        chooser({
          label: 'Cost',
          choices: ordered.map((value) => ({ value, label: COSTS[value].label })),
          onChange: (value) => {
            cost = value as CostName;
            draw();
          },
        }),
    ),
    place,
  ];
}

/** Whether there are several encoders: frozen and fine-tuned, an encoder costs the same. */
function areSeveral(found: readonly Point[]): boolean {
  return distinct(found.map(({ name }) => name)).length > 1;
}

/** Each encoder with known cost, by its best score, cheapest first. */
function points(data: PageData, { lines }: RankedList, cost: CostName): Point[] {
  const objectives = distinct(lines.map(({ objective }) => objective));
  const found = lines
    .flatMap((line) => {
      const value = data.costs.find(({ encoder }) => encoder === line.encoder)?.[cost];
      if (value === undefined) return [];
      const [score, low, high] = [line.score, line.low, line.high].map(number) as [number, number, number];
      return [
        {
          name: encoderName(data, line.encoder),
          variant: line.variant,
          training: trainingWords(data, line, objectives),
          encoder: lineName(data, line),
          place: line.place,
          score,
          low,
          high,
          tuned: line.objective !== '',
          cost: value * COSTS[cost].scale,
        },
      ];
    })
    .toSorted((a, b) => a.cost - b.cost || b.score - a.score);
  let most = -Infinity;
  return found.map((point) => {
    const front = point.score > most;
    most = Math.max(most, point.score);
    return { ...point, front };
  });
}

/** `frozen`, `fine-tuned`, of several objectives `fine-tuned (CEA batch)`; '' if all are the same. */
function trainingWords(data: PageData, { objective }: RankedLine, objectives: readonly string[]): string {
  if (objectives.length < 2) return '';
  if (objective === '') return 'frozen';
  return objectives.filter((each) => each !== '').length > 1 ? tunedName(data, objective) : 'fine-tuned';
}

/** Points with a place for their label, in a chart of this width. Those on the Pareto front are labelled first. */
function labelled(found: readonly Point[], { width, log, axis }: { readonly width: number; readonly log: boolean; readonly axis: Axis }) {
  const along = (cost: number): number => (log ? Math.log(cost) : cost);
  const ends = found.map(({ cost }) => along(cost));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const plot = width - AXIS;
  const down = (score: number): number => ((axis.to - score) / (axis.to - axis.from)) * HEIGHT;
  const order = found.toSorted((a, b) => Number(b.front) - Number(a.front) || b.score - a.score);
  const near = (point: Point): Point[] =>
    order.filter(({ name, score }) => name === point.name && Math.abs(down(score) - down(point.score)) < MARKER);
  // An encoder that scores the same frozen and fine-tuned has one label.
  const labels = order.map((point) => {
    const own = near(point);
    return own[0] === point ? labelOf(own) : '';
  });
  const places = labelPlaces(
    order.map((point, at) => ({
      x: high === low ? plot / 2 : PADDING + ((along(point.cost) - low) / (high - low)) * (plot - 2 * PADDING),
      y: down(point.score),
      top: down(point.high),
      bottom: down(point.low),
      text: labels[at]!,
    })),
    { width: plot, height: HEIGHT },
  );
  return order.map((point, at) => ({ ...point, ...places[at], label: places[at] === undefined ? '' : labels[at]! }));
}

function costChart(data: PageData, list: RankedList, cost: CostName, found: readonly Point[]): HTMLElement {
  const name = taskName(data, list);
  const score = scoreName(data, list);
  const { label, digits } = COSTS[cost];
  const [encoders, places] = [plainNames(found.map(({ encoder }) => encoder)), plainNames(found.map(({ place }) => place))];
  const costs = found.map((point) => point.cost);
  const named = found.map((point, at) => ({ ...point, encoder: encoders[at]!, place: places[at]! }));
  const log = Math.max(...costs) > 8 * Math.min(...costs) && Math.min(...costs) > 0;
  const axis = axisOf(
    found.flatMap((point) => [point.score, point.low, point.high]),
    6,
  );
  const x = {
    field: 'cost',
    type: 'quantitative',
    title: label,
    axis: { grid: false, tickCount: 6 },
    scale: { type: log ? 'log' : 'linear', zero: false, nice: false, padding: PADDING },
  };
  const y = {
    field: 'score',
    type: 'quantitative',
    title: score,
    axis: { values: axis.ticks },
    scale: { domain: [axis.from, axis.to], nice: false },
  };
  const front = found.filter((point) => point.front);
  const text = {
    transform: [{ filter: "datum.label !== ''" }],
    mark: {
      type: 'text',
      baseline: 'middle',
      dy: { expr: 'datum.dy' },
      dx: { expr: 'datum.dx' },
      align: { expr: 'datum.align' },
      tooltip: null,
    },
    encoding: { x, y, text: { field: 'label' } },
  };
  return chart({
    label: `${score} against ${label} on ${name}. On the Pareto front: ${front.map(({ encoder }) => encoder).join(', ')}.`,
    caption: [
      `Each encoder at its best pooling, with its 95% interval${distinct(found.map(({ tuned }) => tuned)).length > 1 ? '; ring: frozen, dot: fine-tuned' : ''}.`,
      // A line needs two points.
      ...(distinct(front.map((point) => point.cost)).length > 1 ? ['The line is the Pareto front: nothing cheaper scores higher.'] : []),
      startNote(axis, 'axis of scores'),
      ...missingWords(data, list, { found, cost }),
    ].join(' '),
    spec: (width) => ({
      height: HEIGHT,
      data: { values: labelled(named, { width, log, axis }) },
      layer: [
        {
          transform: [{ filter: 'datum.front' }],
          mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, tooltip: null },
          encoding: { x, y },
        },
        {
          transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
          mark: { type: 'rule', tooltip: null },
          encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
        },
        {
          // A ring around a dot: neither hides the other.
          mark: { type: 'point', filled: false, strokeWidth: 2, opacity: 1 },
          encoding: {
            x,
            y,
            size: { condition: { test: 'datum.tuned', value: 50 }, value: 150 },
            fill: { condition: { test: 'datum.tuned', value: colour('accent') }, value: 'transparent' },
            tooltip: [
              { field: 'encoder', title: 'Encoder' },
              { field: 'place', title: 'Pooling' },
              { field: 'score', title: score },
              { field: 'cost', title: label, format: ',.2f' },
            ],
          },
        },
        // Outlined in the colour of the paper, so that lines do not cross the letters.
        { ...text, mark: { ...text.mark, stroke: colour('paper'), strokeWidth: 4, strokeJoin: 'round' } },
        text,
      ],
    }),
    table: table<Point>({
      caption: `Score and cost on ${name}`,
      rows: found,
      unit: 'encoder',
      columns: [
        { title: 'Encoder', value: ({ encoder }) => encoder },
        { title: score, numeric: true, value: (point) => point.score, show: (point) => String(point.score) },
        { title: label, numeric: true, value: (point) => point.cost, show: (point) => point.cost.toFixed(digits) },
        { title: 'Pareto front', value: (point) => (point.front ? 'yes' : '') },
        { title: 'Pooling', value: ({ place }) => place },
      ],
    }),
  });
}

/** `e5-small-v2, frozen and fine-tuned`. */
function labelOf(own: readonly Point[]): string {
  const [variants, trainings] = [own.map(({ variant }) => variant), own.map(({ training }) => training)];
  return plain([own[0]!.name, ...[variants, trainings].map((words) => distinct(words).join(' and '))].filter(Boolean).join(', '));
}

/** Which encoders are not in the chart. */
function missingWords(
  data: PageData,
  { lines }: RankedList,
  { found, cost }: { readonly found: readonly Point[]; readonly cost: CostName },
): string[] {
  const shown = new Set(found.map(({ encoder }) => encoder));
  const missing = distinct(lines.filter((line) => !shown.has(lineName(data, line))).map(({ encoder }) => encoderName(data, encoder)));
  return missing.length === 0 ? [] : [`Not shown, as the ${COSTS[cost].what} is unknown: ${missing.join(', ')}.`];
}
