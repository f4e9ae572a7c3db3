import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WordTokens } from '../../src/encoders/word-tokens.ts';
import { fittingBatches } from '../../src/embed/fitting-batches.ts';
import { fittingWords } from '../../src/embed/fitting-words.ts';
import type { TextBatch } from '../../src/embed/run-params.ts';

/** Texts of two tokens: [10 i, 10 i + 1]. */
function batchOf(count: number): TextBatch {
  const ids = Int32Array.from({ length: 2 * count }, (_, at) => 10 * Math.floor(at / 2) + (at % 2));
  return {
    ids,
    count,
    length: 2,
    types: ids.map((id) => -id),
    words: Array.from({ length: count }, (_, i) => Int32Array.of(i)),
  };
}

/** A run of at most `most` texts: two vectors of a text, its ids, and its types with its word. */
function machine(most: number, message = 'bad allocation') {
  const counts: number[] = [];
  const run = (batch: TextBatch): Promise<Float32Array[]> => {
    const { ids, types, words, count } = batch;
    counts.push(count);
    if (count > most) return Promise.reject(new Error(message));
    const second = Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? types![at]! : words![Math.floor(at / 2)]![0]!));
    return Promise.resolve([Float32Array.from(ids), second]);
  };
  return { counts, fitting: fittingBatches(run) };
}

test('fitting batches: a batch that does not fit is halved, with the same vectors, and later ones are no larger', async () => {
  const [whole] = await machine(7).fitting.run(batchOf(7));
  const { counts, fitting } = machine(3);
  const [ids, second] = await fitting.run(batchOf(7));
  assert.deepEqual(ids, whole);
  assert.deepEqual([...second!], Array.from({ length: 7 }, (_, i) => [0 - 10 * i, i]).flat());
  assert.deepEqual(counts, [7, 2, 2, 3]);
  counts.length = 0;
  assert.deepEqual(
    (await fitting.run(batchOf(8))).map(({ length }) => length),
    [16, 16],
  );
  assert.deepEqual(counts, [2, 2, 2, 2], 'four texts did not fit');
});

test('fitting batches: one text that does not fit, and any other error, are errors', async () => {
  const { counts, fitting } = machine(0);
  await assert.rejects(fitting.run(batchOf(4)), /bad allocation/);
  assert.deepEqual(counts, [4, 2, 1]);
  const other = machine(0, 'Invalid input');
  await assert.rejects(other.fitting.run(batchOf(4)), /Invalid input/);
  assert.deepEqual(other.counts, [4]);
});

test('fitting batches: of several at once that do not fit, the smallest says how large later ones are', async () => {
  const fails: (() => void)[] = [];
  const counts: number[] = [];
  const fitting = fittingBatches(({ ids, count }) => {
    counts.push(count);
    if (count <= 2) return Promise.resolve([Float32Array.from(ids)]);
    return new Promise((_, reject) => fails.push(() => reject(new Error('out of memory'))));
  });
  const both = [fitting.run(batchOf(8)), fitting.run(batchOf(4))];
  fails[1]!();
  await both[1];
  fails[0]!();
  assert.deepEqual([...(await both[0]!)[0]!], [...batchOf(8).ids]);
  assert.deepEqual(counts, [8, 4, 2, 2, 2, 2, 2, 2]);
});

/** A sentence of two tokens, of which the words that are kept have one each. */
function sentenceOf(id: number, kept: number): WordTokens {
  const lost = Uint8Array.from([0, 0], (_, word) => (word < kept ? 0 : 1));
  return { ids: Int32Array.of(id, id + 1), spans: Int32Array.of(0, 1, 1, 2), lost, total: 2 } as unknown as WordTokens;
}

test('fitting words: a batch of sentences that does not fit is halved, with the same vectors of its words', async () => {
  const counts: number[] = [];
  const runner = (most: number) => ({
    runWords: ({ ids, spans, count }: { ids: Int32Array; spans: Int32Array; count: number }) => {
      counts.push(count);
      if (count > most) return Promise.reject(new Error('The encoder does not run: bad allocation.'));
      return Promise.resolve([Float32Array.from({ length: spans.length / 2 }, (_, word) => ids[spans[2 * word]!]!)]);
    },
  });
  const sentences = [2, 0, 1, 0, 0, 2].map((kept, i) => sentenceOf(10 * i, kept));
  const whole = await fittingWords(runner(6)).run(sentences);
  assert.deepEqual([...whole[0]!], [0, 1, 20, 50, 51]);
  for (const most of [1, 2, 4]) assert.deepEqual(await fittingWords(runner(most)).run(sentences), whole);
  // No word at all: one vector, for its width.
  const none = [3, 4, 5].map((id) => sentenceOf(id, 0));
  assert.deepEqual(
    (await fittingWords(runner(1)).run(none)).map(({ length }) => length),
    (await fittingWords(runner(3)).run(none)).map(({ length }) => length),
  );
  await assert.rejects(fittingWords(runner(0)).run(sentences), /bad allocation/);
});
