import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { encodeWords } from '../../src/encoders/encode-words.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { readTensors, writeTensors } from '../../src/tensors/tensor-file.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import { wordsOf } from '../../src/training/word-vectors.ts';
import { fixed } from '../graph/run-gradients.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

/** What `test/oracles/tags.py` makes. */
interface KnownStep {
  readonly loss: number;
  readonly norm: number;
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

interface KnownFamily extends Readonly<Record<'classic' | 'cea-all-negatives', KnownStep>> {
  readonly sentences: readonly { readonly ids: readonly number[]; readonly spans: readonly (readonly [number, number])[] }[];
}

const { sentences, longest, families } = JSON.parse(readFileSync(ownOracle('tags.json'), 'utf8')) as {
  readonly sentences: readonly (readonly [readonly string[], readonly number[]])[];
  readonly longest: number;
  readonly families: Readonly<Record<string, KnownFamily>>;
};
const CLASSES = 3;
/** Of a gradient's largest element, and of a loss; below the floor a gradient is the zero that it is but for rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;
/** What is left of a gradient in the first moment: 1 - β1. */
const KEPT = 1 - 0.9;
type Trained = 'classic' | 'cea-all-negatives';

interface Opening {
  readonly objective?: Trained;
  readonly word?: 'first' | 'mean' | 'last';
  readonly chunkTokens?: number;
}

async function opened(family: string, { objective = 'classic', word = 'first', chunkTokens = 1 << 20 }: Opening = {}): Promise<TrainerCore> {
  const folder = ownOracle(family);
  const last = (await buildFedEncoder({ folder })).states.length - 1;
  const { core } = await TrainerCore.open({
    files: { name: 'encoder', folder, onnx: undefined },
    spec: { word, layers: [last], combine: 'one' },
    objective,
    objectiveOptions: objectiveOptions(),
    classes: CLASSES,
    seed: 1,
    freeze: [],
    weightDecay: 0,
    decayMatricesOnly: false,
    denseEmbeddings: false,
    dropout: 0,
    accumulate: 1,
    chunkTokens,
    padId: 0,
    threads: 1,
    device: 'cpu',
  });
  return core;
}

const taken = ({ sentences: own }: KnownFamily): (TokenText & { readonly spans: Int32Array })[] =>
  own.map(({ ids, spans }) => ({ ids: Int32Array.from(ids), spans: Int32Array.from(spans.flat()) }));

/** Tags of the words that have a vector, sentence by sentence. */
const tagsOf = (texts: readonly { readonly spans: Int32Array }[]): Int32Array =>
  Int32Array.from(texts.flatMap((text, row) => wordsOf(text).map((word) => sentences[row]![1][word]!)));

interface Stepped {
  readonly loss: number;
  readonly norm: number;
  readonly vectors: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** A step of no length; the gradients are read from what the optimiser remembers of them. */
async function stepOf(core: TrainerCore, objective: Trained, texts: readonly (TokenText & { readonly spans: Int32Array })[]): Promise<Stepped> {
  const [start, moments] = ['start', 'moments'].map((name) => path.join(temporaryFolder(), `${name}.safetensors`)) as [string, string];
  await core.save({ weights: start });
  const all = new Map(await readTensors(start));
  if (objective === 'classic') {
    const numbers = Float32Array.from(fixed(CLASSES * (core.width + 1)), (value) => value * 0.3);
    all.set('head.weight', numbers.subarray(0, CLASSES * core.width));
    all.set('head.bias', numbers.subarray(CLASSES * core.width));
  }
  await writeTensors(start, [...all].map(([name, data]) => ({ name, dims: [data.length], data })));
  await core.restore({ weights: start });
  const labels = tagsOf(texts);
  const run = OBJECTIVES[objective].start({ width: core.width, classes: CLASSES, options: objectiveOptions(), labels, seed: 1 });
  const rows = [...labels.keys()];
  const feeds = run.feeds({ epoch: 1, step: 0, rows, batch: rows.length });
  const { loss, vectors, gradientNorm } = await core.step({ texts, feeds, step: 0, update: { lr: 0, clip: Infinity } });
  await core.save({ weights: start, moments });
  const gradients = [...(await readTensors(moments))].flatMap(([key, data]) => (key.startsWith('exp_avg.') ? [[key.slice('exp_avg.'.length), data] as const] : []));
  return { loss, norm: gradientNorm!, vectors, gradients: new Map(gradients) };
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
      assert.ok(texts.some((text) => wordsOf(text).length < text.spans.length / 2), 'a word has no vector');
      // In one run, and cut into several.
      for (const chunkTokens of [1 << 20, 20]) {
        const found = await stepOf(await opened(family, { objective, chunkTokens }), objective, texts);
        assert.ok(Math.abs(found.loss - step.loss) <= TOLERANCE * step.loss, `loss ${found.loss}, torch has ${step.loss}`);
        assert.ok(Math.abs(found.norm - step.norm) <= TOLERANCE * step.norm, `norm ${found.norm}, torch has ${step.norm}`);
        assert.equal('head.bias' in step.gradients, objective === 'classic');
        for (const [key, [norm, largest, product]] of Object.entries(step.gradients)) {
          if (norm <= FLOOR) continue;
          const gradient = Float64Array.from(found.gradients.get(key)!, (value) => value / KEPT);
          const numbers = fixed(gradient.length);
          const sum = (of: (value: number, i: number) => number) => gradient.reduce((total, value, i) => total + of(value, i), 0);
          const together = Math.max(FLOOR, TOLERANCE * largest) * Math.sqrt(gradient.length);
          assert.ok(Math.abs(Math.sqrt(sum((value) => value * value)) - norm) <= together, `${key}: the norm is not ${norm}`);
          assert.ok(Math.abs(sum((value, i) => value * numbers[i]!) - product) <= together, `${key}: the product is not ${product}`);
        }
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
  for (const [word, expected] of [['first', part(0)], ['last', part(2)], ['mean', part(0).map((value, i) => (value + part(1)[i]! + part(2)[i]!) / 3)]] as const) {
    const vectors = [...(await (await opened('bert-uncased', { word })).embed([text]))];
    assertClose(vectors.slice(0, width), expected);
    assertClose(vectors.slice(width), part(3));
  }
});
