import { corpusName, encoderName, isComparable, number, placeName, scoreOf } from './cells.ts';
import { chart } from './chart.ts';
import type { PageData } from './data.ts';
import { chooser, el, plain, records, type Child } from './dom.ts';
import { table } from './table.ts';

/** Score against cost: which encoders are worth their size. */

interface Point {
  readonly encoder: string;
  readonly place: string;
  readonly score: number;
  readonly low: number;
  readonly high: number;
  /** What the score is. */
  readonly title: string;
  readonly cost: number;
  /** No other costs less or as much and scores more. */
  readonly front: boolean;
}

type Axis = 'parameters' | 'textMs' | 'memoryMb';
const AXES: Readonly<Record<Axis, { readonly label: string; readonly scale: number; readonly digits: number }>> = {
  parameters: { label: 'Parameters, millions', scale: 1e-6, digits: 1 },
  textMs: { label: 'Milliseconds a text, as measured', scale: 1, digits: 2 },
  memoryMb: { label: 'Megabytes of memory, as measured', scale: 1, digits: 0 },
};

export function costSection(data: PageData): Child[] {
  const axes = (Object.keys(AXES) as Axis[]).filter((axis) => data.costs.filter((cost) => cost[axis] !== undefined).length > 1);
  const corpora = [...data.corpora.keys()].filter((corpus) => axes.some((axis) => points(data, corpus, axis).length > 1));
  if (corpora.length === 0) return [];
  const place = el('div');
  let [corpus, axis] = [corpora[0]!, axes[0]!];
  const draw = (): void => place.replaceChildren(costChart(data, corpus, axis));
  draw();
  return [
    el(
      'div',
      { class: 'controls' },
      chooser({
        label: 'Dataset',
        choices: corpora.map((at) => ({ value: String(at), label: corpusName(data, data.corpora[at]!) })),
        onChange: (at) => {
          corpus = Number(at);
          draw();
        },
      }),
      axes.length > 1
        && chooser({
          label: 'Cost',
          choices: axes.map((value) => ({ value, label: AXES[value].label })),
          onChange: (value) => {
            axis = value as Axis;
            draw();
          },
        }),
    ),
    place,
  ];
}

/** The best cell of each encoder whose cost is known, cheapest first. */
function points(data: PageData, corpus: number, axis: Axis): Point[] {
  const rows = records(data.results).filter((row, at) => data.rowCorpora[at] === corpus && isComparable(row));
  const best = data.costs.flatMap((cost) => {
    const own = rows.filter(({ encoder }) => encoder === cost.encoder).toSorted((a, b) => number(b[scoreOf(b).column]) - number(a[scoreOf(a).column]))[0];
    const value = cost[axis];
    if (own === undefined || value === undefined) return [];
    const { column, title } = scoreOf(own);
    return [{
      encoder: encoderName(data, cost.encoder),
      place: placeName(own),
      score: number(own[column]),
      low: number(own[`${column}_low`]),
      high: number(own[`${column}_high`]),
      title,
      cost: value * AXES[axis].scale,
    }];
  }).toSorted((a, b) => a.cost - b.cost || b.score - a.score);
  let most = -Infinity;
  return best.map((point) => {
    const front = point.score > most;
    most = Math.max(most, point.score);
    return { ...point, front };
  });
}

function costChart(data: PageData, corpus: number, axis: Axis): HTMLElement {
  const found = points(data, corpus, axis);
  const name = corpusName(data, data.corpora[corpus]!);
  const { label, digits } = AXES[axis];
  const values = found.map((point) => ({ ...point, encoder: plain(point.encoder), place: plain(point.place) }));
  const costs = values.map(({ cost }) => cost);
  // Names stand where there is place: left of the point in the right half.
  const middle = (Math.max(...costs) + Math.min(...costs)) / 2;
  const sided = values.map((point) => ({ ...point, side: point.cost > middle ? 'right' : 'left' }));
  const x = { field: 'cost', type: 'quantitative', title: label, axis: { grid: false, tickCount: 6 }, scale: { type: Math.max(...costs) > 8 * Math.min(...costs) && Math.min(...costs) > 0 ? 'log' : 'linear', zero: false, padding: 30 } };
  const y = { field: 'score', type: 'quantitative', title: found[0]?.title ?? 'Score', scale: { zero: false, padding: 16 } };
  const front = found.filter((point) => point.front);
  return chart({
    label: `${(found[0]?.title ?? 'Score').replace(', %', '')} against ${label.toLowerCase()} on ${name}. On the Pareto front: ${front.map(({ encoder }) => encoder).join(', ')}.`,
    caption: 'Each encoder at its best pooling, with its 95 % interval. The line is the Pareto front: nothing cheaper scores more.',
    spec: () => ({
      height: 320,
      data: { values: sided },
      layer: [
        { transform: [{ filter: 'datum.front' }], mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, tooltip: null }, encoding: { x, y } },
        { transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }], mark: { type: 'rule', tooltip: null }, encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } } },
        { mark: { type: 'point', filled: true, size: 90, opacity: 1 }, encoding: { x, y, shape: { condition: { test: 'datum.front', value: 'circle' }, value: 'diamond' }, tooltip: [{ field: 'encoder', title: 'Encoder' }, { field: 'place', title: 'Pooling' }, { field: 'score', title: 'Micro-F1' }, { field: 'cost', title: label, format: ',.2f' }] } },
        { mark: { type: 'text', dy: -10, dx: { expr: "datum.side === 'left' ? 9 : -9" }, align: { expr: 'datum.side' }, limit: 180, tooltip: null }, encoding: { x, y, text: { field: 'encoder' } } },
      ],
    }),
    table: table<Point>({
      caption: `Score and cost on ${name}`, rows: found,
      columns: [
        { title: 'Encoder', value: ({ encoder }) => encoder },
        { title: 'Pooling', value: ({ place }) => place },
        { title: 'Micro-F1', numeric: true, value: ({ score }) => score, show: ({ score }) => score.toFixed(2) },
        { title: label, numeric: true, value: ({ cost }) => cost, show: ({ cost }) => cost.toFixed(digits) },
        { title: 'Front', value: ({ front: on }) => (on ? 'yes' : '') },
      ],
    }),
  });
}
