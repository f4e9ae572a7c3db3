import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact } from '../../src/knn/exact.ts';
import { neighbourMean } from '../../src/knn/neighbour-mean.ts';
import type { Neighbours } from '../../src/knn/types.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { regressionScores } from '../../src/statistics/regression-scores.ts';
import { deviation, REGRESSION, SHARED_REGRESSION, sharedContinuous, type OracleScores } from '../estimators/regression-reference.ts';

/** One query, its neighbours rows 0, 1, …. */
function one(...distances: number[]): Neighbours {
  return { queries: 1, k: distances.length, indices: Int32Array.from(distances, (_, i) => i), distances: Float64Array.from(distances) };
}

const by = (targets: number[], distances: number[], votes: 'uniform' | 'distance', k?: number) =>
  neighbourMean({ neighbours: one(...distances), k, targets: Float64Array.from(targets), votes })[0];

test('neighbour mean: of all, or of the nearest', () => {
  assert.equal(by([1, 2, 6], [1, 2, 3], 'uniform'), 3);
  assert.equal(by([1, 2, 6], [1, 2, 3], 'uniform', 2), 1.5);
  assert.equal(by([1, 2, 6], [1, 2, 3], 'uniform', 1), 1);
});
test('neighbour mean: a near neighbour weighs more than a far one', () => assert.equal(by([1, 5], [1, 3], 'distance'), 2));
test('neighbour mean: neighbours at distance 0 count alone', () => assert.equal(by([1, 2, 9], [0, 0, 1e-9], 'distance'), 1.5));
test('neighbour mean: so do those of which 1 / distance is beyond numbers', () =>
  assert.equal(by([1, 2, 9], [0, 1e-310, 1e-9], 'distance'), 1.5));
test('neighbour mean: means that are equal but for rounding are equal', () => {
  // 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1, and 0.7 / 3 * 3 is not 0.7.
  assert.equal(by([0.1, 0.2, 0.3], [1, 2, 3], 'uniform'), by([0.3, 0.2, 0.1], [1, 2, 3], 'uniform'));
  assert.equal(by([0.1, 0.2, 0.3], [1, 2, 3], 'uniform'), 0.2);
  assert.equal(by([0.7], [3], 'distance'), 0.7);
  assert.equal(by([0.1, 0.2, -0.3], [1, 2, 3], 'uniform'), 0);
  assert.equal(by([1 / 3], [1], 'uniform'), 0.333333333333);
});
test('neighbour mean: targets times 10, the mean times 10', () =>
  assert.equal(by([10, 50], [1, 3], 'distance'), 10 * by([1, 5], [1, 3], 'distance')!));
test('neighbour mean: what it refuses', () => {
  assert.throws(() => by([0, 1], [1, 2], 'uniform', 3), {
    code: 'OPTION',
    message: '`k`: k = 3 is larger than the 2 neighbours searched. Use 1 to 2.',
  });
  assert.throws(() => by([0], [1, 2], 'uniform'), { code: 'SHAPE', message: '1 targets, and row 1 is among the neighbours.' });
});

test('neighbour mean: scikit-learn’s predictions, with a query on two rows, to 1e-11', async () => {
  const { rows, cols, corpus, queries, targets, predicted } = REGRESSION.neighbours;
  const neighbours = await exact({
    corpus: matrix(rows, cols, Float32Array.from(corpus)),
    queries: matrix(queries.length / cols, cols, Float32Array.from(queries)),
    metric: 'euclidean',
    k: 5,
  });
  for (const [key, expected] of Object.entries(predicted)) {
    const [, k, votes] = /^k(\d)\.(.*)$/.exec(key)!;
    // Equal rows are unordered in scikit-learn: with one neighbour it may be either.
    if (k === '1') continue;
    const found = neighbourMean({ neighbours, k: Number(k), targets: Float64Array.from(targets), votes: votes as 'uniform' | 'distance' });
    assert.ok(deviation(found, expected) < 1e-11, `${key}: ${deviation(found, expected)}`);
  }
});

test('neighbour mean: the shared regression, left out one at a time and train to test, to 1e-7', { skip: SHARED_REGRESSION }, async () => {
  const { vectors, targets, oracle, tensor } = sharedContinuous();
  const { rows, cols, data } = vectors;
  const part = (from: number, to: number) => matrix(to - from, cols, data.slice(from * cols, to * cols));
  const leftOut = await exact({ corpus: matrix(rows, cols, data.slice()), metric: 'euclidean', k: 5, excludeSelf: true });
  const tested = await exact({ corpus: part(0, 300), queries: part(300, 400), metric: 'euclidean', k: 5 });
  for (const k of [1, 3, 5]) {
    for (const votes of ['uniform', 'distance'] as const) {
      for (const [name, neighbours, truth] of [
        ['loo', leftOut, targets],
        ['train300', tested, targets.slice(300)],
      ] as const) {
        const key = `k${k}.${votes}.${name}`;
        const found = neighbourMean({ neighbours, k, targets, votes });
        // Its distances of near rows are differences of large numbers.
        assert.ok(
          deviation(found, tensor(`knn.${key}`)) < (votes === 'uniform' ? 1e-11 : 1e-7),
          `${key}: ${deviation(found, tensor(`knn.${key}`))}`,
        );
        const expected = oracle.knn[key] as OracleScores;
        const scores = regressionScores({ truth, predicted: found });
        for (const score of ['pearson', 'rmse', 'mae', 'r2'] as const) {
          assert.ok(Math.abs(scores[score] - expected[score]!) < 1e-7, `${key}, ${score}: ${scores[score]}`);
        }
        // Its ranks are affected by the rounding of its means: without that they are ours, and close with it.
        const rounded = Float64Array.from(tensor(`knn.${key}`), (value) => (Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(12))));
        const { spearman } = regressionScores({ truth, predicted: rounded });
        if (votes === 'uniform' || k === 1)
          assert.ok(Math.abs(scores.spearman - spearman) < 1e-12, `${key}: ${scores.spearman}, ${spearman}`);
        assert.ok(Math.abs(scores.spearman - expected.spearman!) < 2e-3, `${key}: ${scores.spearman}, expected ${expected.spearman}`);
      }
    }
    const uniform = neighbourMean({ neighbours: leftOut, k, targets, votes: 'uniform' });
    const { pearson } = regressionScores({ truth: targets, predicted: uniform });
    // Its neighbours at equal distances are in another order.
    assert.ok(Math.abs(pearson - (oracle.knn[`k${k}.transformer_ranker_pearson`] as number)) < 3e-3);
  }
});
