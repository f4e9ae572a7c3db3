import { datasetName } from './cells.ts';
import { chart } from './chart.ts';
import type { DifferenceCell, PageData } from './data.ts';
import { count, el, plainNames, type Child } from './dom.ts';
import { minus, pText } from './numbers.ts';
import { table } from './table.ts';
import { colour } from './theme.ts';

/** What became better or worse, compared with another commit or folder. */

/** Bars that fit into a chart of a screen's height. */
const BARS = 25;

export function differenceSection(data: PageData): Child[] {
  const { difference } = data;
  if (difference === undefined) return [];
  const { before, after, cells } = difference;
  const of = (change: DifferenceCell['change']): number => cells.filter((cell) => cell.change === change).length;
  const summary = (['better', 'worse', 'unchanged', 'new', 'gone'] as const)
    .filter((change) => of(change) > 0)
    .map((change) => `${of(change).toLocaleString('en')} ${change}`)
    .join(', ');
  const moved = cells.filter((cell) => cell.points !== undefined && cell.points.difference !== 0);
  return [
    el(
      'p',
      {},
      'From ',
      el('bdi', {}, before),
      ' to ',
      el('bdi', {}, after),
      `: ${count(cells.length, 'result')}, ${summary}. ${count(cells.filter(({ significant }) => significant).length, 'significant difference')}.`,
    ),
    moved.length > 0 && movedChart(data, moved),
    moved.length === 0 &&
      differenceTable(
        data,
        cells.filter(({ change }) => change !== 'unchanged'),
      ),
  ];
}

function yOf(width: number) {
  return {
    field: 'name',
    type: 'nominal',
    title: null,
    sort: null,
    axis: { labelLimit: width / (width < 500 ? 2 : 2.6), ticks: false, domain: false },
  };
}

function movedChart(data: PageData, moved: readonly DifferenceCell[]): HTMLElement {
  const largest = moved
    .toSorted((a, b) => Math.abs(b.points!.difference) - Math.abs(a.points!.difference))
    .slice(0, BARS)
    .toSorted((a, b) => b.points!.difference - a.points!.difference);
  const names = plainNames(largest.map(({ dataset, cell }) => `${datasetName(data, dataset)} · ${cell}`));
  const values = largest.map(({ points, significant }, at) => ({
    name: names[at],
    ...points!,
    beyond: significant ? 'significant' : 'not significant',
  }));
  const domain = ['significant', 'not significant'];
  return chart({
    label: `Differences in micro-F1, the ${largest.length} largest of ${moved.length}.`,
    caption: 'Differences in micro-F1 (percentage points), the largest ones, with 95% intervals.',
    spec: (width) => ({
      height: 20 * largest.length,
      data: { values },
      layer: [
        {
          mark: { type: 'rule', tooltip: null },
          encoding: {
            y: yOf(width),
            x: { field: 'low', type: 'quantitative', title: 'Points', axis: { tickCount: 8 } },
            x2: { field: 'high' },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: {
            y: yOf(width),
            x: { field: 'difference', type: 'quantitative' },
            color: { field: 'beyond', type: 'nominal', title: '', scale: { domain, range: [colour('accent'), colour('muted')] } },
            shape: { field: 'beyond', type: 'nominal', title: '', scale: { domain, range: ['circle', 'diamond'] } },
            tooltip: [
              { field: 'name', title: 'Result' },
              { field: 'difference', title: 'Points', format: '+.2f' },
              { field: 'beyond', title: 'Test' },
            ],
          },
        },
      ],
    }),
    table: differenceTable(data, moved),
  });
}

function differenceTable(data: PageData, cells: readonly DifferenceCell[]): HTMLElement {
  return table<DifferenceCell>({
    caption: 'Micro-F1 in percent, before and after',
    rows: cells,
    unit: 'result',
    heads: 2,
    columns: [
      { title: 'Dataset', value: ({ dataset }) => datasetName(data, dataset), filter: true },
      { title: 'Result', value: ({ cell }) => cell },
      { title: 'Change', value: ({ change }) => change, filter: true },
      {
        title: 'Before',
        numeric: true,
        value: ({ before }) => (before === '' ? Number.NaN : Number(before)),
        show: ({ before }) => before,
      },
      { title: 'After', numeric: true, value: ({ after }) => (after === '' ? Number.NaN : Number(after)), show: ({ after }) => after },
      {
        title: 'Points',
        numeric: true,
        value: ({ points }) => points?.difference ?? Number.NaN,
        show: ({ points, significant }) =>
          points === undefined ? '–' : el(significant ? 'strong' : 'span', {}, signed(points.difference)),
      },
      {
        title: '95% CI',
        numeric: true,
        value: ({ points }) => (points === undefined ? Number.NaN : points.high - points.low),
        show: ({ points }) =>
          points === undefined ? '–' : el('span', { class: 'muted' }, `${signed(points.low)} – ${signed(points.high)}`),
      },
      {
        title: 'p (Holm-corrected)',
        numeric: true,
        value: ({ adjusted }) => adjusted ?? Number.NaN,
        show: ({ adjusted }) => pText(adjusted),
      },
      { title: 'Test', value: ({ test, note }) => [test, note].filter((part) => part !== undefined).join(': ') },
    ],
  });
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${minus(value.toFixed(2))}`;
}
