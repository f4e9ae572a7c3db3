import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { encodeWords } from '../../src/encoders/encode-words.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import type { TrainerCore } from '../../src/training/trainer-core.ts';
import { wordsOf } from '../../src/training/word-vectors.ts';
import { ownOracle } from '../oracles.ts';
import { assertStep, openCore, stepped, withKnownHead, type KnownStep, type Stepped } from './known-step.ts';

/** What `test/oracles/tags.py` makes. */
interface KnownFamily extends Readonly<Record<'classic' | 'cea-all-negatives', KnownStep>> {
  readonly sentences: readonly { readonly ids: readonly number[]; readonly spans: readonly (readonly [number, number])[] }[];
}

const { sentences, longest, families } = JSON.parse(readFileSync(ownOracle('tags.json'), 'utf8')) as {
  readonly sentences: readonly (readonly [readonly string[], readonly number[]])[];
  readonly longest: number;
  readonly families: Readonly<Record<string, KnownFamily>>;
};
const CLASSES = 3;
type Trained = 'classic' | 'cea-all-negatives';

interface Opening {
  readonly objective?: Trained;
  readonly word?: 'first' | 'mean' | 'last';
  readonly chunkTokens?: number;
}

async function opened(
  family: string,
  { objective = 'classic', word = 'first', chunkTokens = 1 << 20 }: Opening = {},
): Promise<TrainerCore> {
  const folder = ownOracle(family);
  const last = (await buildFedEncoder({ folder })).states.length - 1;
  return openCore({
    files: { name: 'encoder', folder, onnx: undefined },
    spec: { word, layers: [last], combine: 'one' },
    objective,
    classes: CLASSES,
    chunkTokens,
  });
}

const taken = ({ sentences: own }: KnownFamily): (TokenText & { readonly spans: Int32Array })[] =>
  own.map(({ ids, spans }) => ({ ids: Int32Array.from(ids), spans: Int32Array.from(spans.flat()) }));

/** Tags of the words that have a vector, sentence by sentence. */
const tagsOf = (texts: readonly { readonly spans: Int32Array }[]): Int32Array =>
  Int32Array.from(texts.flatMap((text, row) => wordsOf(text).map((word) => sentences[row]![1][word]!)));

async function stepOf(
  core: TrainerCore,
  objective: Trained,
  texts: readonly (TokenText & { readonly spans: Int32Array })[],
): Promise<Stepped> {
  if (objective === 'classic') await withKnownHead(core);
  const labels = tagsOf(texts);
  const run = OBJECTIVES[objective].start({ width: core.width, classes: CLASSES, options: objectiveOptions(), labels, seed: 1 });
  const rows = [...labels.keys()];
  return stepped(core, { texts, feeds: run.feeds({ epoch: 1, step: 0, rows, batch: rows.length }) });
}

for (const [family, known] of Object.entries(families)) {
  test(`tags: the sub-tokens of words in ${family} are those of the tokenizers library`, async () => {
    const encoder = await openEncoder({ name: family, folder: ownOracle(family), onnx: undefined, revision: '', maxLength: longest });
    for (const [i, [words]] of sentences.entries()) {
      const { ids, spans } = encodeWords(encoder, words);
      const own = known.sentences[i]!;
      assert.deepEqual([...ids], own.ids, words.join(' '));
      for (const [word, [from, to]] of own.spans.entries()) {
        if (from === to) assert.equal(spans[2 * word], spans[2 * word + 1], words[word]);
        else assert.deepEqual([...spans.subarray(2 * word, 2 * word + 2)], [from, to], words[word]);
      }
    }
  });

  for (const objective of ['classic', 'cea-all-negatives'] as const) {
    test(`tags: loss and every gradient of a step of ${family} on words are torch's (${objective})`, async () => {
      const step = known[objective];
      const texts = taken(known);
      assert.ok(
        texts.some((text) => wordsOf(text).length < text.spans.length / 2),
        'a word has no vector',
      );
      // In one run, and split into several.
      for (const chunkTokens of [1 << 20, 20]) {
        const found = await stepOf(await opened(family, { objective, chunkTokens }), objective, texts);
        assert.equal('head.bias' in step.gradients, objective === 'classic');
        assertStep(found, step);
      }
    });
  }
}

for (const word of ['first', 'mean', 'last'] as const) {
  test(`tags: a word's vector in inference is that of a step without dropout (${word})`, async () => {
    const texts = taken(families['bert-uncased']!);
    const core = await opened('bert-uncased', { word });
    const { vectors } = await stepOf(core, 'classic', texts);
    let at = 0;
    for (const text of texts) {
      const alone = await core.embed([text]);
      assert.equal(alone.length, wordsOf(text).length * core.width);
      for (const value of alone) assert.ok(Math.abs(value - vectors[at++]!) < 1e-5);
    }
    assert.equal(at, vectors.length);
  });
}

function assertClose(a: readonly number[], b: readonly number[]): void {
  assert.ok(a.every((value, i) => Math.abs(value - b[i]!) < 1e-6));
}

test('tags: of several sub-tokens the mean is that of their vectors, first and last are two of them', async () => {
  const [text] = [{ ids: Int32Array.of(2, 10, 65, 56, 47, 3), spans: Int32Array.of(1, 4, 4, 5) }];
  const each = { ids: text.ids, spans: Int32Array.of(1, 2, 2, 3, 3, 4, 4, 5) };
  const core = await opened('bert-uncased');
  const tokens = await core.embed([each]);
  const { width } = core;
  const part = (from: number): number[] => [...tokens.subarray(from * width, (from + 1) * width)];
  for (const [word, expected] of [
    ['first', part(0)],
    ['last', part(2)],
    ['mean', part(0).map((value, i) => (value + part(1)[i]! + part(2)[i]!) / 3)],
  ] as const) {
    const vectors = [...(await (await opened('bert-uncased', { word })).embed([text]))];
    assertClose(vectors.slice(0, width), expected);
    assertClose(vectors.slice(width), part(3));
  }
});
