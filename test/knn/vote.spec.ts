import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact } from '../../src/knn/exact.ts';
import { scoreMultiLabel } from '../../src/statistics/scores.ts';
import type { Neighbours } from '../../src/knn/types.ts';
import { vote, voteMultiLabel, voteShares } from '../../src/knn/vote.ts';
import { matrix } from '../../src/numeric/matrix.ts';

/** One query, its neighbours rows 0, 1, …. */
function one(...distances: number[]): Neighbours {
  return { queries: 1, k: distances.length, indices: Int32Array.from(distances, (_, i) => i), distances: Float64Array.from(distances) };
}

const by = (labels: number[], distances: number[], votes: 'uniform' | 'distance', k?: number) =>
  vote({ neighbours: one(...distances), k, labels: Int32Array.from(labels), classes: 4, votes })[0];

test('vote: the most votes win', () => assert.equal(by([3, 1, 3], [1, 2, 3], 'uniform'), 3));
test('vote: a tie goes to the smallest class', () => assert.equal(by([3, 1, 3, 1], [1, 2, 3, 4], 'uniform'), 1));
test('vote: fewer neighbours than were searched may vote', () => assert.equal(by([3, 1, 1], [1, 2, 3], 'uniform', 1), 3));
test('vote: a near neighbour weighs more than two far ones', () => assert.equal(by([3, 1, 1], [1, 2.5, 2.5], 'distance'), 3));
test('vote: neighbours at distance 0 vote alone', () => assert.equal(by([2, 3, 1, 1], [0, 0, 1e-9, 1e-9], 'distance'), 2));
test('vote: as near as 0 is what has no 1 / distance', () => assert.equal(by([3, 1, 3, 3], [0, 1e-310, 1e-9, 1e-9], 'distance'), 1));
test('vote: sums of weights that differ by rounding are a tie', () => {
  // 1/0.1 + 1/0.3 + 1/0.7 in two orders
  assert.equal(by([2, 2, 2, 1, 1, 1], [0.1, 0.3, 0.7, 0.7, 0.3, 0.1], 'distance'), 1);
  assert.equal(by([1, 1, 1, 2, 2, 2], [0.1, 0.3, 0.7, 0.7, 0.3, 0.1], 'distance'), 1);
});
test('vote: refuses more neighbours than were searched', () =>
  assert.throws(() => by([0, 1], [1, 2], 'uniform', 3), {
    code: 'OPTION',
    message: '`k`: k = 3 is larger than the 2 neighbours searched. Use 1 to 2.',
  }));

const labels = (sets: number[][], distances: number[], votes: 'uniform' | 'distance') =>
  voteMultiLabel({ neighbours: one(...distances), labelSets: sets.map((set) => Int32Array.from(set)), classes: 4, votes }).map((set) => [
    ...set,
  ])[0];

test('multi-label vote: a label is on where more than half the neighbours have it', () =>
  assert.deepEqual(labels([[0, 3], [3], [1]], [1, 2, 3], 'uniform'), [3]));
test('multi-label vote: half is not enough', () => assert.deepEqual(labels([[0], [1]], [1, 2], 'uniform'), []));
test('multi-label vote: neighbours at distance 0 vote alone', () =>
  assert.deepEqual(labels([[2, 3], [1], [1]], [0, 1, 1], 'distance'), [2, 3]));

const shares = (sets: number[][], distances: number[], votes: 'uniform' | 'distance', k?: number) =>
  Array.from(voteShares({ neighbours: one(...distances), k, labelSets: sets.map((set) => Int32Array.from(set)), classes: 4, votes }));

test('vote shares: as many as vote, and they add up to 1', () => {
  assert.deepEqual(shares([[3], [1], [3], [0]], [1, 2, 3, 4], 'uniform'), [0.25, 0.25, 0, 0.5]);
  assert.deepEqual(shares([[3], [1], [3], [0]], [1, 2, 3, 4], 'uniform', 2), [0, 0.5, 0, 0.5]);
  assert.deepEqual(shares([[3], [1]], [1, 3], 'distance'), [0, 0.25, 0, 0.75]);
  assert.deepEqual(shares([[3], [1], [1]], [0, 3, 3], 'distance'), [0, 0, 0, 1]);
});
test('vote shares: of texts with several classes each has its own, of texts without none', () =>
  assert.deepEqual(
    shares([[0, 3], [3], []], [1, 2, 3], 'uniform').map((share) => Number(share.toFixed(6))),
    [0.333333, 0, 0, 0.666667],
  ));

// scikit-learn 1.9.1, KNeighborsClassifier(n_neighbors=k, weights=votes, algorithm="brute"), accuracy_score and f1_score(zero_division=0)
// of its predictions against the corpus's own labels.
const corpus = matrix(8, 1, Float32Array.of(0, 1, 2, 3, 4, 6, 7, 9));
const queries = matrix(8, 1, Float32Array.of(0, 0.4, 1.6, 2.4, 3.3, 5.2, 6.4, 8.2));
const sets = [[0], [0, 1], [1], [1, 2], [2], [0, 2], [2], [0]].map((set) => Int32Array.from(set));
const classes = Int32Array.of(0, 1, 1, 2, 2, 0, 2, 0);
const sklearn = [
  {
    votes: 'uniform',
    k: 1,
    y: [0, 0, 1, 1, 2, 0, 0, 0],
    sets: [[0], [0], [1], [1], [1, 2], [0, 2], [0, 2], [0]],
    scores: [0.5, 0.8181818181818182, 0.6031746031746031],
  },
  {
    votes: 'uniform',
    k: 2,
    y: [0, 0, 1, 1, 2, 0, 0, 0],
    sets: [[0], [0], [1], [1], [2], [2], [2], []],
    scores: [0.5, 0.7777777777777778, 0.580952380952381],
  },
  {
    votes: 'uniform',
    k: 3,
    y: [1, 1, 1, 1, 2, 2, 2, 0],
    sets: [[0, 1], [0, 1], [1], [1], [1, 2], [2], [2], [0, 2]],
    scores: [0.375, 0.782608695652174, 0.5892857142857143],
  },
  {
    votes: 'uniform',
    k: 4,
    y: [1, 1, 1, 1, 1, 2, 0, 0],
    sets: [[1], [1], [1], [1], [1], [2], [2], [2]],
    scores: [0.25, 0.5263157894736842, 0.33035714285714285],
  },
  {
    votes: 'distance',
    k: 2,
    y: [0, 0, 1, 1, 2, 0, 0, 0],
    sets: [[0], [0], [1], [1], [1, 2], [0, 2], [0, 2], [0]],
    scores: [0.5, 0.8181818181818182, 0.6031746031746031],
  },
  {
    votes: 'distance',
    k: 3,
    y: [0, 0, 1, 1, 2, 2, 0, 0],
    sets: [[0], [0], [1], [1], [1, 2], [2], [0, 2], [0, 2]],
    scores: [0.25, 0.7272727272727273, 0.5416666666666666],
  },
  {
    votes: 'distance',
    k: 4,
    y: [0, 0, 1, 1, 2, 2, 0, 0],
    sets: [[0], [0, 1], [1], [1], [1, 2], [2], [0, 2], [0, 2]],
    scores: [0.375, 0.782608695652174, 0.5892857142857143],
  },
] as const;

for (const { votes, k, y, sets: expected, scores } of sklearn) {
  test(`vote: ${votes} votes of ${k} neighbours are those of scikit-learn`, async () => {
    const neighbours = await exact({ corpus, queries, k: 4, metric: 'euclidean' });
    assert.deepEqual([...vote({ neighbours, k, labels: classes, classes: 3, votes })], y);
    const predicted = voteMultiLabel({ neighbours, k, labelSets: sets, classes: 4, votes });
    assert.deepEqual(
      predicted.map((set) => [...set]),
      expected,
    );
    const { accuracy, microF1, macroF1 } = scoreMultiLabel({ truth: sets, predicted, classes: 4 });
    assert.deepEqual(
      [accuracy, microF1, macroF1].map((value) => value.toFixed(14)),
      scores.map((value) => value.toFixed(14)),
    );
  });
}
