import { axisOf, startNote } from './axis.ts';
import { datasetName, encoderName, number, objectiveName } from './cells.ts';
import { chart, seriesEncoding } from './chart.ts';
import type { Curves, Point } from './curve-data.ts';
import type { PageData } from './data.ts';
import { chooser, distinct, el, plainNames, records, type Child } from './dom.ts';
import { curvesByLayer } from './layer-curves.ts';
import { table } from './table.ts';

/** Curves: scores layer by layer, and training epoch by epoch. */

export function layerCurves(data: PageData): Child[] {
  return curveSection(curvesByLayer(data), 'Layer 0 is the embedding output.');
}

const MEASURES = [
  ['dev_micro_f1', 'Dev micro-F1, %'],
  ['dev_macro_f1', 'Dev macro-F1, %'],
  ['dev_span_f1', 'Dev span F1, %'],
  ['dev_micro_f1_no_o', 'Dev micro-F1 without O, %'],
  ['dev_accuracy', 'Dev accuracy, %'],
  ['dev_spearman', 'Dev Spearman'],
  ['dev_rmse', 'Dev RMSE'],
  ['loss', 'Loss'],
  ['gradient_norm', 'Gradient norm'],
] as const;

export function trainingCurves(data: PageData): Child[] {
  const rows = records(data.training);
  const several = distinct(rows.map(({ seed }) => seed)).length > 1;
  const runs = distinct(rows.map(({ encoder, pooling, prompt }) => `${encoder}\n${pooling}\n${prompt}`)).length > 1;
  const list = distinct(rows.map(({ dataset }) => dataset!)).flatMap((dataset) =>
    MEASURES.map(([column, title]): Curves => ({
      name: `${datasetName(data, dataset)}: ${title}`,
      xTitle: 'Epoch',
      yTitle: title,
      points: rows
        .filter((row) => row['dataset'] === dataset && (row[column] ?? '') !== '')
        .map((row) => ({
          series: [
            runs ? `${encoderName(data, row['encoder']!)} · ${row['pooling']}` : '',
            runs && row['prompt'] ? `prompt ${row['prompt']}` : '',
            objectiveName(data, row['objective']!),
            several ? `seed ${row['seed']}` : '',
          ]
            .filter((part) => part !== '')
            .join(' · '),
          x: number(row['epoch']),
          y: number(row[column]),
        })),
    })),
  );
  return curveSection(list, 'Epoch 0 is the frozen encoder.');
}

function curveSection(all: readonly Curves[], caption: string): Child[] {
  const list = all.filter(({ points }) => points.length > 1);
  if (list.length === 0) return [];
  const place = el('div');
  const show = (at: number): void => place.replaceChildren(curveChart(list[at]!, caption));
  show(0);
  return [
    el(
      'div',
      { class: 'controls' },
      chooser({
        label: 'Curves',
        choices: list.map(({ name }, at) => ({ value: String(at), label: name })),
        onChange: (at) => show(Number(at)),
      }),
    ),
    place,
  ];
}

/** Points with series names that are safe in a chart: different series keep different names. */
export function drawnPoints(points: readonly Point[]): Point[] {
  const runs = distinct(points.map(({ series }) => series));
  const names = plainNames(runs);
  const drawn = new Map(runs.map((run, at) => [run, names[at]!]));
  return points.map((point) => ({ ...point, series: drawn.get(point.series)! }));
}

function curveChart({ name, xTitle, yTitle, points }: Curves, caption: string): HTMLElement {
  const values = drawnPoints(points);
  const names = distinct(values.map(({ series }) => series));
  const axis = axisOf(
    points.map(({ y }) => y),
    6,
  );
  const best = points.reduce((a, b) => (b.y > a.y ? b : a));
  return chart({
    label: `${name}: ${names.length} curves. The highest value is ${best.y} at ${xTitle.toLowerCase()} ${best.x} (${best.series}).`,
    caption: `${caption} ${startNote(axis, 'vertical axis')}`,
    spec: () => ({
      height: 300,
      data: { values },
      mark: { type: 'line', point: { size: 36 }, strokeWidth: 1.75 },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          title: xTitle,
          axis: { values: distinct(points.map((point) => point.x)), format: 'd', grid: false },
        },
        y: {
          field: 'y',
          type: 'quantitative',
          title: yTitle,
          axis: { values: axis.ticks },
          scale: { domain: [axis.from, axis.to], nice: false },
        },
        ...seriesEncoding(names, ''),
        tooltip: [
          { field: 'series', title: 'Run' },
          { field: 'x', title: xTitle },
          { field: 'y', title: yTitle },
        ],
      },
    }),
    table: table<Point>({
      caption: name,
      rows: points,
      columns: [
        { title: 'Curve', value: ({ series }) => series, filter: true },
        { title: xTitle, numeric: true, value: ({ x }) => x },
        { title: yTitle, numeric: true, value: ({ y }) => y },
      ],
    }),
  });
}
