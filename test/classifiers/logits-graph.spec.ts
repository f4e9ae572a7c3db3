import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addLogits, canPool } from '../../src/classifiers/logits-graph.ts';
import { headLogits, trainedHead, type Head } from '../../src/classifiers/head.ts';
import { fillPoolWeights } from '../../src/embed/pool-weights.ts';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { findHiddenStates, isNoted, noteStates } from '../../src/graph/hidden-states.ts';
import { lower } from '../../src/graph/lowering.ts';
import { readModel } from '../../src/graph/read.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { writeModel } from '../../src/graph/write.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const WIDTH = 16;
const CLASSES = 3;
const root = temporaryFolder();
const tiny = writeTinyEncoder(path.join(root, 'tiny'), { layers: 4 });
const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7));
const TEXTS = [
  [2, 9, 3],
  [2, 10, 11, 12, 13, 14, 3],
  [2, 20, 21, 3],
];

/** A graph with logits, as a session; its results for texts padded to a length, on either side. */
async function withLogits(spec: VectorSpec, { head, skip = 0, name }: { head: Head; skip?: number; name: string }) {
  const { model } = await lower(await readModel(path.join(tiny, 'model.onnx')));
  const states = findHiddenStates(model, 'tiny');
  noteStates(model.proto, states);
  await addLogits(model, states, { spec, head, skip });
  assert.ok(isNoted(model.proto));
  mkdirSync(path.join(root, name));
  const file = path.join(root, name, 'model.onnx');
  await writeModel(model, file);
  assert.deepEqual(findHiddenStates(await readModel(file), 'tiny'), states);
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
  assert.deepEqual([...session.outputNames], ['last_hidden_state', 'logits']);
  return { session, states };
}

function feeds(texts: readonly (readonly number[])[], { longest, left = false }: { longest: number; left?: boolean }) {
  const grid = (of: (text: readonly number[]) => readonly number[]) =>
    new Tensor(
      'int64',
      BigInt64Array.from(
        texts.flatMap((text) => {
          const padding = Array<number>(longest - text.length).fill(0);
          return (left ? [...padding, ...of(text)] : [...of(text), ...padding]).map(BigInt);
        }),
      ),
      [texts.length, longest],
    );
  return {
    input_ids: grid((text) => text),
    attention_mask: grid((text) => text.map(() => 1)),
    token_type_ids: grid((text) => text.map(() => 0)),
  };
}

const one = (token: VectorSpec['token']): VectorSpec => ({ token, layers: [4], combine: 'one' });
const SPECS: Readonly<Record<string, VectorSpec>> = {
  cls: one('cls'),
  mean: one('mean'),
  max: one('max'),
  last: one('last'),
  'weighted-mean': one('weighted-mean'),
  layermean: { token: 'mean', layers: [0, 1, 2, 3, 4], combine: 'mean' },
  'cls-layermean': { token: 'cls', layers: [1, 2, 3, 4], combine: 'mean' },
  'mean-last4': { token: 'mean', layers: [1, 2, 3, 4], combine: 'concat' },
  'as-published, scaled': { ...one('mean'), unit: true },
  'as-published, two side by side and cut': {
    ...one('mean'),
    published: { poolings: ['cls', 'mean-sqrt', 'max'], includePrompt: true, steps: [{ kind: 'normalize' }], truncateDim: 40, hash: 'x' },
  },
};

for (const [name, spec] of Object.entries(SPECS)) {
  test(`logits: ${name}: a text has the same alone, and padded in a batch`, async () => {
    const width = spec.published === undefined ? (spec.combine === 'concat' ? 4 * WIDTH : WIDTH) : 40;
    const head = { weight: wave(CLASSES * width), bias: wave(CLASSES), unit: false };
    const { session } = await withLogits(spec, { head, name });
    const alone = [];
    for (const text of TEXTS) alone.push(...((await session.run(feeds([text], { longest: text.length })))['logits']!.data as Float32Array));
    assert.ok(alone.every(Number.isFinite) && new Set(alone).size > CLASSES);
    for (const longest of [7, 12]) {
      const { logits } = await session.run(feeds(TEXTS, { longest }));
      assert.deepEqual(logits!.dims, [TEXTS.length, CLASSES]);
      for (const [i, value] of (logits!.data as Float32Array).entries())
        assert.ok(Math.abs(value - alone[i]!) < 1e-5, `${i}: ${value}, not ${alone[i]}`);
    }
  });
}

test('logits: poolings are those of texts without padding, a prompt’s tokens left out', async () => {
  for (const skip of [0, 2, 9]) {
    for (const token of ['cls', 'mean', 'last', 'weighted-mean'] as const) {
      const head = { weight: wave(CLASSES * WIDTH), bias: wave(CLASSES), unit: false };
      const { session } = await withLogits(one(token), { head, skip, name: `${token}-${skip}` });
      const found = await session.run(feeds(TEXTS, { longest: 9 }));
      for (const [i, text] of TEXTS.entries()) {
        const states = (await session.run(feeds([text], { longest: text.length })))['last_hidden_state']!.data as Float32Array;
        const weights = new Float32Array(text.length);
        fillPoolWeights(weights, token, { skip });
        const vector = Float32Array.from({ length: WIDTH }, (_, at) =>
          weights.reduce((sum, weight, t) => sum + weight * states[t * WIDTH + at]!, 0),
        );
        const expected = headLogits(
          head,
          matrix(
            1,
            WIDTH,
            vector.map((value) => (Number.isNaN(value) ? 0 : value)),
          ),
        );
        const own = (found['logits']!.data as Float32Array).slice(i * CLASSES, (i + 1) * CLASSES);
        for (const [c, value] of own.entries())
          assert.ok(Math.abs(value - expected[c]!) < 1e-5, `${token} skip ${skip} text ${i}: ${value}, not ${expected[c]}`);
      }
    }
  }
});

test('logits: prototypes are a head of vectors of length 1', async () => {
  const prototypes = wave(CLASSES * WIDTH);
  const head = trainedHead({ parameters: { 'prototypes.weight': prototypes }, classes: CLASSES, scale: 20 })!;
  const { session } = await withLogits(one('mean'), { head, name: 'prototypes' });
  const { logits, last_hidden_state: states } = await session.run(feeds([TEXTS[0]!], { longest: 3 }));
  const vector = Float32Array.from({ length: WIDTH }, (_, at) =>
    [0, 1, 2].reduce((sum, t) => sum + (states!.data as Float32Array)[t * WIDTH + at]! / 3, 0),
  );
  for (let c = 0; c < CLASSES; c++) {
    const prototype = prototypes.subarray(c * WIDTH, (c + 1) * WIDTH);
    const dot = vector.reduce((sum, value, i) => sum + value * prototype[i]!, 0);
    const expected = (20 * dot) / (Math.hypot(...vector) * Math.hypot(...prototype));
    assert.ok(Math.abs((logits!.data as Float32Array)[c]! - expected) < 1e-5);
    assert.ok(Math.abs(headLogits(head, matrix(1, WIDTH, vector))[c]! - expected) < 1e-5);
  }
  assert.equal(trainedHead({ parameters: {}, classes: 2, scale: 1 }), undefined);
});

test('logits: where words begin is in no mask', () =>
  assert.deepEqual(
    ['mean', 'word-mean'].map((token) => canPool(one(token as 'mean'))),
    [true, false],
  ));
