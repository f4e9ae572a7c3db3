import path from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { chartSvg } from '../../src/report/picture/chart.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import { makeTables } from '../../src/report/tables.ts';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import { readRows } from '../../src/results/csv.ts';

const VERDICTS = { best: 'best', tied: 'tied with the best (p ≥ 0.05)', worse: 'significantly worse' } as const;

/** Scores of each encoder on each dataset of a results folder, with 95% intervals and ties with the best, as SVG. */
export async function encodersSvg(folder: string): Promise<string> {
  const { rows: all } = await readRows(path.join(folder, 'results.csv'));
  const rows = all.filter(({ pooling, protocol }) => pooling === 'layermean' && protocol === 'leave-one-out');
  const titles = titlesOf({ models: loadModels(), datasets: loadDatasets() });
  const [table] = makeTables({
    rows,
    titles,
    predictions: await readAllPredictions({
      folder,
      rows,
      warn: (line) => {
        throw new Error(line);
      },
    }),
  }).tables;
  const { columns, rows: lines } = table!;
  const dots = lines.flatMap(({ label, cells }) =>
    cells.flatMap((cell, at) => {
      if (cell.kind !== 'score') return [];
      const {
        best,
        tied,
        value,
        rows: [row],
      } = cell;
      return [
        {
          encoder: label,
          dataset: columns[at]!,
          verdict: VERDICTS[best ? 'best' : tied ? 'tied' : 'worse'],
          value,
          low: Number(row!.micro_f1_low),
          high: Number(row!.micro_f1_high),
        },
      ];
    }),
  );
  const y = {
    field: 'encoder',
    type: 'nominal',
    sort: lines.map(({ label }) => label),
    title: null,
    axis: { ticks: false, domain: false, labelLimit: 200 },
  };
  const domain = Object.values(VERDICTS);
  const spec = {
    title: {
      text: 'Which encoder separates your classes best?',
      // Two lines: text widths are estimated without a font here, and a long line widens the image.
      subtitle: ['Frozen encoders, mean over tokens and layers:', 'micro-F1 (%) of 5 nearest neighbours, leave-one-out, with 95% CI'],
      anchor: 'start',
      fontSize: 15,
      subtitleColor: '#555555',
      offset: 10,
    },
    data: { values: dots },
    facet: { field: 'dataset', type: 'nominal', title: null, sort: columns, header: { labelFontWeight: 'bold', labelFontSize: 12 } },
    columns: 3,
    align: 'all',
    spacing: { row: 14, column: 18 },
    spec: {
      width: 176,
      height: { step: 20 },
      encoding: {
        y,
        color: {
          field: 'verdict',
          type: 'nominal',
          title: null,
          scale: { domain, range: ['#0072b2', '#56b4e9', '#b0b0b0'] },
          legend: { orient: 'bottom', symbolOpacity: 1, direction: 'horizontal', gridAlign: 'none', columns: 3, labelLimit: 300 },
        },
      },
      layer: [
        { mark: { type: 'rule', strokeWidth: 2 }, encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } } },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1 },
          encoding: {
            x: { field: 'value', type: 'quantitative', title: null, scale: { zero: false }, axis: { gridColor: '#e8e8e8', tickCount: 5 } },
          },
        },
      ],
    },
    resolve: { scale: { x: 'independent' } },
  };
  return chartSvg(spec as unknown as TopLevelSpec, {
    title: 'Three encoders and their concatenation on six datasets',
    description: lines
      .map(
        ({ label, cells }) =>
          `${label}: ${cells.map((cell, at) => `${columns[at]} ${cell.kind === 'score' ? cell.text : 'none'}`).join(', ')}.`,
      )
      .join(' '),
  });
}
