import type { RankedList } from '../verdict/ranked-list.ts';
import { axisOf, startNote } from './axis.ts';
import { encoderName, lineName, number, scoreName } from './cells.ts';
import { chart } from './chart.ts';
import type { PageData } from './data.ts';
import { chooser, distinct, el, plain, plainNames, type Child } from './dom.ts';
import { listChooser, taskName } from './list-chooser.ts';
import { table } from './table.ts';
import { colour } from './theme.ts';

/** Score against cost: which encoders are worth their size. */

/** Width of a name in the chart, in pixels: if there is no room for all, only those on the Pareto front are labelled. */
const NAME_WIDTH = 110;

interface Point {
  readonly name: string;
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
const COSTS: Readonly<Record<CostName, { readonly label: string; readonly scale: number; readonly digits: number }>> = {
  textMs: { label: 'Latency, ms/text (measured)', scale: 1, digits: 2 },
  parameters: { label: 'Parameters, millions', scale: 1e-6, digits: 1 },
  memoryMb: { label: 'Memory, MB (measured)', scale: 1, digits: 0 },
};

export function costSection(data: PageData): Child[] {
  const costs = (Object.keys(COSTS) as CostName[]).filter((cost) => data.rankings.some((list) => areSeveral(points(data, list, cost))));
  const lists = data.rankings.filter((list) => costs.some((cost) => areSeveral(points(data, list, cost))));
  if (lists.length === 0) return [];
  const place = el('div');
  let [list, cost] = [lists[0]!, costs[0]!];
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
          choices: costs.map((value) => ({ value, label: COSTS[value].label })),
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
  const found = lines
    .flatMap((line) => {
      const value = data.costs.find(({ encoder }) => encoder === line.encoder)?.[cost];
      if (value === undefined) return [];
      const [score, low, high] = [line.score, line.low, line.high].map(number) as [number, number, number];
      return [
        {
          name: encoderName(data, line.encoder),
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

function costChart(data: PageData, list: RankedList, cost: CostName, found: readonly Point[]): HTMLElement {
  const name = taskName(data, list);
  const score = scoreName(data, list);
  const { label, digits } = COSTS[cost];
  const [encoders, places] = [plainNames(found.map(({ encoder }) => encoder)), plainNames(found.map(({ place }) => place))];
  const costs = found.map((point) => point.cost);
  // Labels are placed where there is room: left of the point in the right half.
  const middle = (Math.max(...costs) + Math.min(...costs)) / 2;
  const values = found.map((point, at) => ({
    ...point,
    label: plain(point.name),
    encoder: encoders[at],
    place: places[at],
    side: point.cost > middle ? 'right' : 'left',
  }));
  const axis = axisOf(
    found.flatMap((point) => [point.score, point.low, point.high]),
    6,
  );
  const x = {
    field: 'cost',
    type: 'quantitative',
    title: label,
    axis: { grid: false, tickCount: 6 },
    scale: { type: Math.max(...costs) > 8 * Math.min(...costs) && Math.min(...costs) > 0 ? 'log' : 'linear', zero: false, padding: 30 },
  };
  const y = {
    field: 'score',
    type: 'quantitative',
    title: score,
    axis: { values: axis.ticks },
    scale: { domain: [axis.from, axis.to], nice: false },
  };
  const front = found.filter((point) => point.front);
  return chart({
    label: `${score} against ${label} on ${name}. On the Pareto front: ${front.map(({ encoder }) => encoder).join(', ')}.`,
    caption:
      'Each encoder at its best pooling, with its 95% interval; hollow: frozen, filled: fine-tuned. The line is the Pareto front: ' +
      `nothing cheaper scores higher. ${startNote(axis, 'axis of scores')}`,
    spec: (width) => ({
      height: 320,
      data: { values },
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
          mark: { type: 'point', filled: false, strokeWidth: 2, size: 90, opacity: 1 },
          encoding: {
            x,
            y,
            fill: { condition: { test: 'datum.tuned', value: colour('accent') }, value: colour('paper') },
            tooltip: [
              { field: 'encoder', title: 'Encoder' },
              { field: 'place', title: 'Pooling' },
              { field: 'score', title: score },
              { field: 'cost', title: label, format: ',.2f' },
            ],
          },
        },
        {
          ...(found.length * NAME_WIDTH > width && { transform: [{ filter: 'datum.front' }] }),
          mark: {
            type: 'text',
            dy: -10,
            dx: { expr: "datum.side === 'left' ? 9 : -9" },
            align: { expr: 'datum.side' },
            limit: 180,
            tooltip: null,
          },
          encoding: { x, y, text: { field: 'label' } },
        },
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
