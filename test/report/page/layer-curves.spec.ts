import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PageData, Table } from '../../../src/report/page/data.ts';
import { drawnPoints } from '../../../src/report/page/curves.ts';
import { curvesByLayer } from '../../../src/report/page/layer-curves.ts';
import { ESTIMATOR_TITLES } from '../../../src/report/rank-lines.ts';
import { ESTIMATE_COLUMNS } from '../../../src/results/estimates.ts';
import { COLUMNS } from '../../../src/results/row.ts';
import { row } from '../../results/rows.ts';

function table(columns: readonly string[], rows: readonly Readonly<Record<string, string>>[]): Table {
  return { columns, rows: rows.map((each) => columns.map((column) => each[column] ?? '')) };
}

function page(results: readonly Readonly<Record<string, string>>[], estimates: readonly Readonly<Record<string, string>>[]): PageData {
  return {
    titles: { encoders: {}, datasets: {}, estimators: Object.fromEntries(ESTIMATOR_TITLES) },
    results: table(COLUMNS, results),
    estimates: table(ESTIMATE_COLUMNS, estimates),
    corpora: [{ dataset: 'd', about: '', classes: [], texts: {} }],
    rowCorpora: results.map(() => 0),
  } as unknown as PageData;
}

/** Series of curves, with no layer twice. */
function series({ points }: ReturnType<typeof curvesByLayer>[number]): string[] {
  const places = points.map((point) => `${point.series} ${point.x}`);
  assert.deepEqual(places, [...new Set(places)]);
  return [...new Set(points.map((point) => point.series))];
}

test('layer curves: one for each setting, named by what differs', () => {
  const layers = ['0', '1', '2'];
  const results = layers.flatMap((at) => ['uniform', 'distance'].map((votes) => row({ encoder: 'e', layers: at, votes, k: '3' })));
  assert.deepEqual(curvesByLayer(page(results, [])).map(series), [['e · mean · votes uniform', 'e · mean · votes distance']]);
  const alike = layers.map((at) => row({ encoder: 'e', layers: at, k: '3' }));
  assert.deepEqual(curvesByLayer(page(alike, [])).map(series), [['e · mean']]);
});

const estimates = (more: Readonly<Record<string, string>>) =>
  ['0', '1'].map((layers) => ({
    encoder: 'e',
    dataset: 'd',
    pooling: 'mean',
    estimator: 'knn',
    score: '1',
    dtype: 'fp32',
    k: '5',
    layers,
    ...more,
  }));

test('layer curves: estimates by k, seed and dtype; other texts are another chart', () => {
  const curves = curvesByLayer(
    page(
      [],
      [
        ...estimates({}),
        ...estimates({ k: '3' }),
        ...estimates({ dtype: 'q4' }),
        ...estimates({ labels: 'first' }),
        ...estimates({ estimator: 'linear-probe', k: '', seed: '1' }),
        ...estimates({ estimator: 'linear-probe', k: '', seed: '2' }),
      ],
    ),
  );
  assert.deepEqual(
    curves.map((each) => [each.name, ...series(each)]),
    [
      ['d: k-NN, all', 'e · mean · k 5 · fp32', 'e · mean · k 3 · fp32', 'e · mean · k 5 · q4'],
      ['d: k-NN, first', 'e · mean'],
      ['d: Linear probe', 'e · mean · seed 1', 'e · mean · seed 2'],
    ],
  );
});

test('layer curves: settings behind a long name still tell curves apart', () => {
  const [a, b, again] = drawnPoints(['k 3', 'k 5', 'k 3'].map((setting) => ({ series: `${'long '.repeat(20)}· ${setting}`, x: 0, y: 0 })));
  assert.notEqual(a!.series, b!.series);
  assert.equal(a!.series, again!.series);
});
