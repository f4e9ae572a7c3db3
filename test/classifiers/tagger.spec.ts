import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import type { TagPrediction } from '../../src/classifiers/prediction.ts';
import { readClassifier } from '../../src/classifiers/read-classifier.ts';
import { HEAD_FILE } from '../../src/classifiers/record.ts';
import { Tagger } from '../../src/classifiers/tagger.ts';
import { WORD_POOLINGS } from '../../src/embed/word-specs.ts';
import { scoreWords } from '../../src/knn/word-protocol.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { temporaryFolder } from '../temporary.ts';
import { openTiny } from './tiny-classifier.ts';
import { TINY_SENTENCES, TINY_TAGS, tinyWordVectors, writeTinyTagger } from './tiny-tagger.ts';

const root = temporaryFolder();
const head = path.join(root, 'head');
const votes = path.join(root, 'votes');
before(async () => {
  await writeTinyTagger(head);
  await writeTinyTagger(votes, { kind: 'neighbours' });
});

const WORDS = ['who', 'abc', 'xyz', 'is', 'the', '?', 'def', 'zyx', '\uFE0F', 'a b'];
/** Sentences of all lengths, some of them more than once, some without words. */
const SENTENCES = Array.from({ length: 400 }, (_, i) =>
  Array.from({ length: i % 23 }, (_word, j) => WORDS[(i * 3 + j * j) % WORDS.length]!),
);

interface Options {
  readonly threads?: number;
  readonly tokenBudget?: number;
}

async function tagged(
  folder: string,
  sentences: readonly (readonly string[])[],
  { threads = 1, tokenBudget }: Options = {},
): Promise<TagPrediction[]> {
  const tagger = await Tagger.open({ classifier: await readClassifier(folder), encoder: await openTiny(folder), threads, tokenBudget });
  try {
    const found: TagPrediction[] = [];
    for await (const { predictions } of tagger.predict(sentences, (words) => words)) found.push(...predictions);
    return found;
  } finally {
    await tagger.close();
  }
}

for (const words of WORD_POOLINGS) {
  test(`tagger: a head's tags and confidences, by hand, of the ${words} sub-tokens`, async () => {
    const folder = await writeTinyTagger(path.join(root, `head-${words}`), { words });
    const sentences = [
      ['who', 'is', 'abc', '?'],
      ['xyz', 'de', 'the'],
    ];
    const vectors = await tinyWordVectors(folder, sentences, words);
    const { tensors } = readSafetensors(readFileSync(path.join(folder, HEAD_FILE)), HEAD_FILE);
    const [weight, bias] = ['head.weight', 'head.bias'].map((name) => tensors.get(name)!.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    const expected = vectors.map((vector) => {
      const logits = TINY_TAGS.map(
        (_, tag) => vector.reduce((sum, value, j) => sum + value * weight[tag * vector.length + j]!, bias[tag]!) / 0.5,
      );
      const best = logits.indexOf(Math.max(...logits));
      return { tag: TINY_TAGS[best]!, confidence: 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - logits[best]!), 0) };
    });
    const found = await tagged(folder, sentences);
    assert.deepEqual(
      found.flatMap(({ tags }) => tags),
      expected.map(({ tag }) => tag),
    );
    for (const [i, confidence] of found.flatMap(({ confidences }) => confidences).entries()) {
      assert.ok(Math.abs(confidence! - expected[i]!.confidence) < 1e-12, `word ${i}: ${confidence}, ${expected[i]!.confidence}`);
    }
  });
}

/** Weight of a fraction of three votes among four tags. */
function share(s: number): number {
  return (s + 1 / 12) ** 2;
}

test('tagger: words vote as `bench run` lets them', async () => {
  const train = TINY_SENTENCES.map((sentence) => sentence.map(([word]) => word));
  const asked = [
    ['who', 'xyz', 'de'],
    ['the', 'abc', 'zyx', '.', 'is'],
  ];
  const all = [...train, ...asked];
  const vectors = await tinyWordVectors(votes, all, 'first');
  const trained = train.flat().length;
  const scores = scoreWords({
    words: {
      key: 'tiny',
      labels: Int32Array.from({ length: vectors.length }, (_, i) => TINY_SENTENCES.flat()[i]?.[1] ?? 0),
      classes: TINY_TAGS.length,
      sentence: Int32Array.from(all.flatMap((sentence, i) => sentence.map(() => i))),
      split: Uint8Array.from({ length: vectors.length }, (_, i) => (i < trained ? 0 : 2)),
    },
    vectors: { rows: vectors.length, cols: vectors[0]!.length, data: Float32Array.from(vectors.flatMap((each) => [...each])) },
    lost: new Uint8Array(vectors.length),
    protocols: ['fit-train'],
    ks: [3],
    votes: ['uniform'],
    metric: 'euclidean',
    threads: 1,
  });
  const given: string[] = [];
  for await (const { split, predicted } of scores) if (split === 'test') given.push(...Array.from(predicted, (tag) => TINY_TAGS[tag]!));
  const found = await tagged(votes, asked);
  assert.deepEqual(
    found.flatMap(({ tags }) => tags),
    given,
  );
  // Of three neighbours all, or two: smoothed by 1 / (3 * 4), tempered by 1 / 2 (docs/predicting.md).
  const [whole, most, none] = [
    share(1) / (share(1) + 3 * share(0)),
    share(2 / 3) / (share(2 / 3) + share(1 / 3) + 2 * share(0)),
    share(1 / 3) / (3 * share(1 / 3) + share(0)),
  ];
  for (const confidence of found.flatMap(({ confidences }) => confidences)) {
    assert.ok(
      [whole, most, none].some((each) => Math.abs(each - confidence!) < 1e-12),
      String(confidence),
    );
  }
});

for (const [kind, folder] of [
  ['a head', () => head],
  ['votes', () => votes],
] as const) {
  test(`tagger: by ${kind}: the same to the last bit, one by one or together, in any batches, threads and order`, async () => {
    const expected = await tagged(folder(), SENTENCES, { threads: 2 });
    assert.deepEqual(await tagged(folder(), SENTENCES, { tokenBudget: 7 }), expected);
    assert.deepEqual(await tagged(folder(), SENTENCES.toReversed()), expected.toReversed());
    for (const i of [0, 9, 22, 200]) assert.deepEqual(await tagged(folder(), [SENTENCES[i]!]), [expected[i]]);
    assert.ok(expected.every(({ tags, confidences }, i) => tags.length === SENTENCES[i]!.length && confidences.length === tags.length));
  });
}

test('tagger: words without a sub-token or beyond the limit are given O, without a confidence', async () => {
  const long = ['who', ...Array.from({ length: 20 }, () => 'abc'), 'xyz'];
  const [odd, cut, empty] = await tagged(head, [['who', '\uFE0F', ''], long, []]);
  assert.deepEqual([odd!.tags.slice(1), odd!.confidences.slice(1), odd!.truncated], [['O', 'O'], [null, null], false]);
  assert.deepEqual([cut!.tags.length, cut!.truncated], [22, true]);
  // 18 tokens: `who`, five words of three (a ##b ##c), two of the next one's.
  assert.deepEqual(
    cut!.confidences.map((each) => each === null),
    long.map((_, i) => i > 6),
  );
  assert.ok(cut!.tags.slice(7).every((tag) => tag === 'O'));
  assert.deepEqual([empty!.tags, empty!.confidences, empty!.truncated], [[], [], false]);
});

test('tagger: no O if it is not a tag', async () => {
  const folder = await writeTinyTagger(path.join(root, 'parts'), { tags: ['NOUN', 'PROPN', 'VERB', 'X'] });
  const [found] = await tagged(folder, [['who', '\uFE0F']]);
  assert.deepEqual([found!.tags[1], found!.confidences[1]], [null, null]);
  assert.notEqual(found!.tags[0], null);
});

test('tagger: a head of another width than the encoder is refused', async () => {
  const folder = await writeTinyTagger(path.join(root, 'wide'));
  writeFileSync(
    path.join(folder, HEAD_FILE),
    writeSafetensors([
      { name: 'head.weight', dtype: 'F32', shape: [4, 3], data: new Float32Array(12) },
      { name: 'head.bias', dtype: 'F32', shape: [4], data: new Float32Array(4) },
    ]),
  );
  await assert.rejects(tagged(folder, [['who']]), {
    name: 'HarnessError',
    message: `${folder}: Its encoder gives word vectors of 16 dimensions, but its classifier expects 3. Save the model again, or copy its folder again.`,
  });
});
