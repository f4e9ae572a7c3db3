import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedWordScores, scoreWords, type SearchedWords } from '../../src/knn/word-protocol.ts';
import type { Protocol } from '../../src/knn/types.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { randomInts } from '../../src/numeric/random.ts';

const draw = randomInts(5);
const lengths = Array.from({ length: 40 }, () => draw(1, 12));
const sentence = Int32Array.from(lengths.flatMap((length, i) => Array.from({ length }, () => i)));
const n = sentence.length;
const labels = Int32Array.from({ length: n }, () => draw(0, 3));
const split = sentence.map((row) => (row < 25 ? 0 : row < 30 ? 1 : 2));
const words: SearchedWords = { key: 'toy', labels, classes: 4, sentence, split: Uint8Array.from(split) };
const lost = Uint8Array.from({ length: n }, (_, i) => Number(i % 17 === 3));
const data = Float32Array.from({ length: n * 3 }, () => draw(-50, 50) / 10);
const vectors = () => matrix(n, 3, data.slice());

function byHand(query: number, k: number, isOut: (row: number) => boolean): number {
  const far = Array.from({ length: n }, (_, row) => ({
    row,
    distance: Math.hypot(...[0, 1, 2].map((c) => data[query * 3 + c]! - data[row * 3 + c]!)),
  }));
  const near = far
    .filter(({ row }) => lost[row] === 0 && !isOut(row))
    .toSorted((a, b) => a.distance - b.distance || a.row - b.row)
    .slice(0, k);
  const votes = [0, 0, 0, 0];
  for (const { row } of near) votes[labels[row]!]!++;
  return votes.indexOf(Math.max(...votes));
}

const asked = { words, lost, ks: [1, 5], votes: ['uniform'] as const, metric: 'euclidean' as const, threads: 1 };

test('words: their neighbours are words, those of their own sentence left out or not', async () => {
  const protocols: Protocol[] = ['complete', 'leave-one-out', 'leave-one-sentence-out'];
  for await (const { protocol, split: part, k, rows, predicted } of scoreWords({ ...asked, vectors: vectors(), protocols })) {
    assert.equal(part, 'all');
    assert.deepEqual(
      [...rows],
      [...lost.keys()].filter((row) => lost[row] === 0),
      'a word without a vector is no item',
    );
    for (const [i, row] of rows.entries()) {
      const isOut = (other: number): boolean =>
        (protocol === 'leave-one-out' && other === row) || (protocol === 'leave-one-sentence-out' && sentence[other] === sentence[row]);
      assert.equal(predicted[i], byHand(row, k, isOut), `${protocol} ${k} ${row}`);
    }
  }
});

test('words: by those of train, a word without a vector is scored and given nothing', async () => {
  const seen: string[] = [];
  for await (const { split: part, k, rows, predicted } of scoreWords({ ...asked, vectors: vectors(), protocols: ['fit-train'] })) {
    seen.push(`${part} ${k}`);
    for (const [i, row] of rows.entries()) {
      assert.equal(predicted[i], lost[row] === 1 ? -1 : byHand(row, k, (other) => split[other] !== 0));
    }
  }
  assert.deepEqual(seen, ['train 1', 'train 5', 'dev 1', 'dev 5', 'test 1', 'test 5']);
  assert.deepEqual(
    plannedWordScores({ ...asked, protocols: ['fit-train'] }).map(({ split: part, k }) => `${part} ${k}`),
    seen,
  );
});

test('words: neighbours are of a sample where one is drawn, and whoever is asked for too many is told', async () => {
  const sampled = Uint8Array.from({ length: n }, (_, i) => Number(i % 2 === 0));
  for await (const { rows, predicted } of scoreWords({
    ...asked,
    ks: [3],
    vectors: vectors(),
    sampled,
    protocols: ['leave-one-sentence-out'],
  })) {
    for (const [i, row] of rows.entries())
      assert.equal(
        predicted[i],
        byHand(row, 3, (other) => sampled[other] === 0 || sentence[other] === sentence[row]),
      );
  }
  const few = scoreWords({ ...asked, ks: [n], vectors: vectors(), protocols: ['leave-one-sentence-out'] });
  await assert.rejects(few.next(), { message: /is larger than the corpus: leave-one-sentence-out leaves \d+ words of toy/ });
});
