import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimatedLists } from '../../../src/report/verdict/ranked-record.ts';
import type { EstimateRow } from '../../../src/results/estimates.ts';
import type { RankedEncoderRecord, RankedRecord } from '../../../src/results/run-record.ts';

const estimate = (encoder: string, pooling: string, score: string): EstimateRow =>
  ({
    encoder,
    dataset: 'd',
    estimator: 'knn',
    pooling,
    layers: 'last',
    dim: '',
    score,
    low: String(Number(score) - 9),
    high: String(Number(score) + 9),
    data_hash: 'h',
    sample: '',
    task: '',
  }) as EstimateRow;
const rows = [estimate('a', 'max', '80.00'), estimate('a', 'mean', '80.00'), estimate('b', 'mean', '78.00')];
const recorded = (encoder: string, score: string, p: number): RankedEncoderRecord => ({
  encoder,
  pooling: 'mean',
  layers: 'last',
  dim: '',
  score,
  p,
});
const record: RankedRecord = {
  dataset: 'd',
  by: 'knn',
  sample: '',
  test: 'mcnemar',
  encoders: [recorded('a', '80.00', 1), recorded('b', '78.00', 0.01)],
};

test('recorded ranking: its tests, and of equally good poolings the one that it named', () => {
  const { lists, answers } = estimatedLists(rows, [record]);
  const [list] = lists;
  assert.deepEqual([...answers], [list]);
  assert.equal(list!.test, 'mcnemar');
  assert.deepEqual(
    list!.lines.map(({ encoder, place, rank, tied, p }) => [encoder, place, rank, tied, p]),
    [
      ['a', 'mean', 1, false, 1],
      ['b', 'mean', 2, false, 0.01],
    ],
  );
});

test('recorded ranking: another encoder in the list since then, or another score, is tested by intervals', () => {
  const more = estimatedLists([...rows, estimate('c', 'mean', '79.00')], [record]);
  assert.deepEqual([more.lists[0]!.test, more.lists[0]!.lines.length, more.answers.size], ['unpaired', 3, 1]);
  const other = estimatedLists([rows[0]!, estimate('b', 'mean', '79.00')], [record]);
  assert.deepEqual([other.lists[0]!.test, other.answers.size], ['unpaired', 0]);
  const none = estimatedLists(rows, []);
  assert.deepEqual([none.lists[0]!.test, none.lists[0]!.lines[0]!.place, none.answers.size], ['unpaired', 'max', 0]);
});
