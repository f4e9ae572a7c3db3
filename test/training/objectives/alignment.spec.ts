import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBJECTIVES } from '../../../src/training/objectives.ts';
import { matrix, start, stepOf } from '../support.ts';

const PAIRS = 'objective.first.pairs';
const TARGETS = 'objective.first.targets';
const MEMORY = 'objective.memory';

/** Sum of each row of a matrix. */
const rowSums = (rows: readonly (readonly number[])[]) => rows.map((row) => row.reduce((sum, each) => sum + each, 0));

test('cea: each text has one positive and one negative of its batch, those that it can have', () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const run = start(OBJECTIVES.cea, { labels });
  for (let step = 0; step < 20; step++) {
    const feeds = run.feeds(stepOf([0, 1, 2, 3, 4, 5], { step }));
    const [pairs, targets] = [matrix(feeds, PAIRS), matrix(feeds, TARGETS)];
    const alike = pairs.map((row, i) => row.map((count, j) => (labels[i] === labels[j] ? count : 0)));
    assert.deepEqual(rowSums(pairs), [2, 2, 2, 2, 2, 1]);
    assert.deepEqual(rowSums(alike), [1, 1, 1, 1, 1, 0]);
    assert.ok(pairs.every((row, i) => row[i] === 0));
    assert.ok(pairs.every((row, i) => row.every((count, j) => count === 0 || targets[i]![j] === (labels[i] === labels[j] ? 1 : 0))));
    assert.equal(run.terms(stepOf([0, 1, 2, 3, 4, 5], { step })), 11);
  }
});

test('cea: seed, epoch and step decide the partners, and every partner is drawn some time', () => {
  const labels = [0, 0, 0, 1, 1, 1];
  const rows = [...labels.keys()];
  const drawn = (seed: number, epoch: number, step: number) =>
    matrix(start(OBJECTIVES.cea, { labels, seed }).feeds(stepOf(rows, { epoch, step })), PAIRS);
  assert.deepEqual(drawn(1, 2, 3), drawn(1, 2, 3));
  const others = [drawn(2, 2, 3), drawn(1, 3, 3), drawn(1, 2, 4), drawn(1, 3, 2)];
  for (const other of others) assert.notDeepEqual(other, drawn(1, 2, 3));
  const total = rows.map(() => rows.map(() => 0));
  for (let step = 0; step < 300; step++)
    for (const [i, row] of drawn(1, 1, step).entries()) for (const [j, count] of row.entries()) total[i]![j]! += count;
  // Half of 300 for each of two positives, a third for each of three negatives; six standard deviations are 52 and 49.
  for (const [i, row] of total.entries())
    for (const [j, count] of row.entries())
      assert.ok(i === j ? count === 0 : Math.abs(count - (labels[i] === labels[j] ? 150 : 100)) < 52, `${i} ${j}: ${count}`);
});

test('cea-all-negatives: every unordered pair once', () => {
  const run = start(OBJECTIVES['cea-all-negatives'], { labels: [0, 1, 0] });
  const feeds = run.feeds(stepOf([0, 1, 2]));
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 1, 1],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(feeds, TARGETS), [
    [0, 0, 1],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  assert.equal(run.terms(stepOf([0, 1, 2])), 3);
});

test('cea-inverse and cea-flipped: the pairs of different classes drawn together, those of one class pushed apart', () => {
  const inverse = start(OBJECTIVES['cea-inverse'], { labels: [0, 1, 0] }).feeds(stepOf([0, 1, 2]));
  assert.deepEqual(matrix(inverse, PAIRS), [
    [0, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(inverse, TARGETS), [
    [0, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  const flipped = start(OBJECTIVES['cea-flipped'], { labels: [0, 1, 0] }).feeds(stepOf([0, 1, 2]));
  assert.deepEqual(matrix(flipped, PAIRS), [
    [0, 0, 1],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(flipped, TARGETS), [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test('cea-multitask: all pairs of the first field, and the second field’s pairs of one class', () => {
  const feeds = start(OBJECTIVES['cea-multitask'], { labels: [0, 1, 0], secondLabels: Int32Array.of(5, 5, 6) }).feeds(stepOf([0, 1, 2]));
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 1, 1],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(feeds, 'objective.second.pairs'), [
    [0, 1, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(feeds, 'objective.second.targets'), [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test('cea-memory: the first step has the batch alone, the second the last vector of each class seen', () => {
  const run = start(OBJECTIVES['cea-memory'], { labels: [0, 0, 1, 0, 1, 2] });
  const first = stepOf([0, 1, 2]);
  assert.deepEqual(rowSums(matrix(run.feeds(first), PAIRS)), [2, 2, 1]);
  assert.deepEqual(matrix(run.feeds(first), `${MEMORY}.pairs`), [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  run.remember(first, Float32Array.of(1, 2, 3, 4, 5, 6));

  const second = stepOf([3, 4, 5], { step: 1 });
  const feeds = run.feeds(second);
  assert.deepEqual(matrix(feeds, MEMORY), [
    [3, 4],
    [5, 6],
    [0, 0],
  ]);
  const [pairs, targets] = [matrix(feeds, `${MEMORY}.pairs`), matrix(feeds, `${MEMORY}.targets`)];
  assert.deepEqual(pairs.slice(0, 2), [
    [1, 1, 0],
    [1, 1, 0],
  ]);
  assert.deepEqual(targets.slice(0, 2), [
    [1, 0, 0],
    [0, 1, 0],
  ]);
  // Class 2 is not in the memory and has one text: a negative of one of the two existing classes, and no positive.
  assert.deepEqual(rowSums(pairs), [2, 2, 1]);
  assert.equal(targets[2]![2], 0);
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  run.remember(second, Float32Array.of(7, 8, 9, 10, 11, 12));
  assert.deepEqual(matrix(run.feeds(stepOf([0], { step: 2 })), MEMORY), [
    [7, 8],
    [9, 10],
    [11, 12],
  ]);
});

test('cea-memory: the earlier vector of a text is no positive of it', () => {
  const run = start(OBJECTIVES['cea-memory'], { labels: [0, 0, 1] });
  run.remember(stepOf([0, 2]), Float32Array.of(1, 2, 3, 4));
  const feeds = run.feeds(stepOf([0, 1], { step: 1 }));
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 1],
    [0, 0],
  ]);
  assert.deepEqual(matrix(feeds, `${MEMORY}.pairs`), [
    [0, 1],
    [1, 1],
  ]);
});

test('cea-memory-all-negatives: the whole memory for each text; where a class is not remembered, all its texts of the batch once', () => {
  const run = start(OBJECTIVES['cea-memory-all-negatives'], { labels: [0, 1, 0, 1, 2, 2] });
  const first = stepOf([0, 1]);
  assert.deepEqual(matrix(run.feeds(first), PAIRS), [
    [0, 1],
    [0, 0],
  ]);
  run.remember(first, Float32Array.of(1, 2, 3, 4));
  const feeds = run.feeds(stepOf([2, 3, 4, 5], { step: 1 }));
  assert.deepEqual(matrix(feeds, `${MEMORY}.pairs`), [
    [1, 1, 0],
    [1, 1, 0],
    [1, 1, 0],
    [1, 1, 0],
  ]);
  assert.deepEqual(matrix(feeds, `${MEMORY}.targets`), [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 0],
  ]);
  assert.equal(matrix(feeds, TARGETS)[2]![3], 1);
});

test('cea-mixed-memory: the memory only where the batch has no partner', () => {
  const run = start(OBJECTIVES['cea-mixed-memory'], { labels: [0, 1, 0, 0, 1] });
  run.remember(stepOf([0, 1]), Float32Array.of(1, 2, 3, 4));
  const feeds = run.feeds(stepOf([2, 3, 4], { step: 1 }));
  assert.deepEqual(rowSums(matrix(feeds, PAIRS)), [2, 2, 1]);
  assert.deepEqual(matrix(feeds, `${MEMORY}.pairs`), [
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
  assert.deepEqual(matrix(feeds, `${MEMORY}.targets`), [
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
});

test('cea-datapoint-memory: remembered texts are embedded in addition to the batch, each once, and none that is in it', () => {
  const run = start(OBJECTIVES['cea-datapoint-memory'], { labels: [0, 1, 0, 1, 0] });
  assert.deepEqual(run.companions(stepOf([0, 1])), []);
  run.remember(stepOf([0, 1]), new Float32Array(4));
  const step = stepOf([2, 3, 4], { step: 1 });
  assert.deepEqual(run.companions(step).toSorted(), [0, 1]);
  const feeds = run.feeds(stepOf([2, 3, 4], { step: 1, companions: [0, 1] }));
  assert.deepEqual(matrix(feeds, PAIRS), [
    [0, 0, 0, 1, 1],
    [0, 0, 0, 1, 1],
    [0, 0, 0, 1, 1],
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
  assert.deepEqual(matrix(feeds, TARGETS), [
    [0, 0, 0, 1, 0],
    [0, 0, 0, 0, 1],
    [0, 0, 0, 1, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
  // The remembered text of class 0 is in this batch: its vector there is used, and for the text itself the other text of the class.
  assert.deepEqual(run.companions(stepOf([0, 2], { step: 1 })), [1]);
  assert.deepEqual(matrix(run.feeds(stepOf([0, 2], { step: 1, companions: [1] })), PAIRS), [
    [0, 1, 1],
    [1, 0, 1],
    [0, 0, 0],
  ]);
  // Companions are not part of the batch and refresh nothing.
  run.remember(stepOf([2], { companions: [1] }), new Float32Array(4));
  assert.deepEqual(run.save().numbers, { rows: [2, 1] });
});

test('cea-datapoint-memory-all-negatives: every text with every remembered text, an unordered pair once', () => {
  const run = start(OBJECTIVES['cea-datapoint-memory-all-negatives'], { labels: [0, 1, 2, 0, 1] });
  run.remember(stepOf([0, 1, 2]), new Float32Array(6));
  assert.deepEqual(run.companions(stepOf([3, 4], { step: 1 })), [0, 1, 2]);
  const feeds = run.feeds(stepOf([3, 4], { step: 1, companions: [0, 1, 2] }));
  assert.deepEqual(matrix(feeds, PAIRS).slice(0, 2), [
    [0, 0, 1, 1, 1],
    [0, 0, 1, 1, 1],
  ]);
  assert.deepEqual(matrix(feeds, TARGETS).slice(0, 2), [
    [0, 0, 1, 0, 0],
    [0, 0, 0, 1, 0],
  ]);
  assert.deepEqual(matrix(run.feeds(stepOf([0, 1], { step: 1, companions: [2] })), PAIRS), [
    [0, 1, 1],
    [0, 0, 1],
    [0, 0, 0],
  ]);
});

for (const name of [
  'cea-memory',
  'cea-mixed-memory',
  'cea-datapoint-memory',
  'cea-datapoint-memory-all-negatives',
  'cea-memory-all-negatives',
] as const) {
  test(`${name}: a run taken up from a saved state goes on the same, and the state is a copy`, () => {
    const labels = [0, 1, 0, 1, 2, 2];
    const run = start(OBJECTIVES[name], { labels });
    run.remember(
      stepOf([0, 1, 4]),
      Float32Array.from({ length: 6 }, () => Math.fround(Math.random())),
    );
    const saved = run.save();
    const text = JSON.stringify(saved.numbers);
    const other = start(OBJECTIVES[name], { labels });
    other.restore(saved);
    const step = stepOf([2, 3, 5], { epoch: 2 });
    assert.deepEqual(other.companions(step), run.companions(step));
    const whole = stepOf([2, 3, 5], { epoch: 2, companions: run.companions(step) });
    assert.deepEqual(other.feeds(whole), run.feeds(whole));
    run.remember(whole, new Float32Array(2 * whole.rows.length));
    assert.equal(JSON.stringify(saved.numbers), text);
    assert.deepEqual(other.save(), saved);
    assert.throws(() => start(OBJECTIVES[name], { labels: [0, 1] }).restore(saved), {
      code: 'FORMAT',
      message: `The saved memory of the objective has ${name.includes('datapoint') ? '3 classes, expected 2' : '6 numbers, expected 4'}. The checkpoint belongs to another run.`,
    });
  });
}
