import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import type { TrainerCore } from '../../src/training/trainer-core.ts';
import { ownOracle } from '../oracles.ts';
import { pairOracle } from '../pair-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { assertStep, openCore, stepped, withKnownHead, type Stepped } from './known-step.ts';

const CLASSES = 3;
const TYPES = 'embeddings.token_type_embeddings.weight';
const { labels, families } = pairOracle();

interface Opening {
  readonly folder: string;
  readonly onnx?: string;
  readonly pairs?: boolean;
  readonly layer?: number;
  readonly chunkTokens?: number;
}

async function opened({ folder, onnx, pairs, layer, chunkTokens = 1 << 20 }: Opening): Promise<TrainerCore> {
  const last = layer ?? (await buildFedEncoder({ folder })).states.length - 1;
  const spec: VectorSpec = { token: 'mean', layers: [last], combine: 'one' };
  return openCore({ files: { name: 'encoder', folder, onnx, pairs }, spec, objective: 'classic', classes: CLASSES, chunkTokens });
}

async function stepOf(core: TrainerCore, texts: readonly TokenText[], lr = 0): Promise<Stepped> {
  await withKnownHead(core);
  const run = OBJECTIVES.classic.start({
    width: core.width,
    classes: CLASSES,
    options: objectiveOptions(),
    labels: Int32Array.from(labels),
    seed: 1,
  });
  const rows = [...texts.keys()];
  return stepped(core, { texts, feeds: run.feeds({ epoch: 1, step: 0, rows, batch: rows.length }), lr });
}

const taken = (family: string): TokenText[] =>
  families[family]!.pairs.map(({ ids, types }) => ({ ids: Int32Array.from(ids), types: Int32Array.from(types) }));

for (const [family, { step: known }] of Object.entries(families)) {
  if (known === undefined) continue;
  test(`training pairs: loss and every gradient of a step of ${family} are torch's, that of its types too`, async () => {
    // In one run, and split into several: the gradient of the type table accumulates over them.
    for (const chunkTokens of [1 << 20, 30]) {
      const found = await stepOf(await opened({ folder: ownOracle(family), pairs: true, chunkTokens }), taken(family));
      assert.ok(TYPES in known.gradients);
      assertStep(found, known);
    }
  });
}

const folder = writeTinyCheckpoint(path.join(temporaryFolder(), 'tiny'));
const typed = (...types: number[]): TokenText => ({
  ids: Int32Array.from(types, (_, i) => 4 + ((i * 7 + types.length) % 15)),
  types: Int32Array.from(types),
});
const PAIRS: readonly TokenText[] = [
  [0, 0, 1, 1],
  [0, 1, 1],
  [0, 0, 0, 0, 1, 1, 1],
  [0, 0, 1],
  [0, 0, 0, 1],
  [0, 1, 1, 1, 1],
  [0, 0, 1, 1, 1],
  [0, 0, 0, 1, 1],
].map((types) => typed(...types));

test('training pairs: a vector of a pair in inference is that of a step without dropout', async () => {
  const core = await opened({ folder, pairs: true });
  const { vectors } = await stepOf(core, PAIRS);
  for (const [i, pair] of PAIRS.entries()) {
    const alone = await core.embed([pair]);
    for (const [j, value] of alone.entries())
      assert.ok(Math.abs(value - vectors[i * core.width + j]!) < 1e-5, `pair ${i}: ${value} is not ${vectors[i * core.width + j]}`);
  }
  const untyped = await core.embed([{ ids: PAIRS[0]!.ids }]);
  assert.notDeepEqual(untyped, await core.embed([PAIRS[0]!]), 'types tell');
});

test('training pairs: where every token is of type 0, a step is that of single texts', async () => {
  const texts = PAIRS.map(({ ids }) => ({ ids }));
  const [single, asPairs] = [await stepOf(await opened({ folder }), texts), await stepOf(await opened({ folder, pairs: true }), texts)];
  assert.deepEqual(asPairs.vectors, single.vectors);
  assert.equal(asPairs.loss, single.loss);
  for (const [name, values] of single.gradients) {
    const others = asPairs.gradients.get(name)!;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // The gradient of type 0 is one sum over all tokens, or a sum of rows: in another order.
    for (const [i, value] of values.entries())
      assert.ok(Math.abs(value - others[i]!) <= Math.max(1e-7, 1e-5 * largest), `${name} ${i}: ${others[i]} is not ${value}`);
  }
});

/** Inputs of a graph other than weights. */
async function inputs(params: Parameters<typeof buildFedEncoder>[0]): Promise<string[]> {
  const { model, weights } = await buildFedEncoder(params);
  return model.proto.graph!.input.map(({ name }) => name).filter((name) => !weights.has(name));
}

test('training pairs: the graph of single texts is fed no types, as ever, and that of pairs is', async () => {
  const training = { packed: true, long: false, dropout: { hidden: 0, attention: 0 } };
  const common = ['input_ids', 'attention_mask', 'training.pack', 'training.unpack'];
  assert.deepEqual(await inputs({ folder, training }), common);
  assert.deepEqual(await inputs({ folder, training, pairs: true }), [...common, 'token_type_ids']);
  assert.deepEqual(await inputs({ folder: ownOracle('roberta'), training, pairs: true }), common, 'a table of one row');
});

test('training pairs: an encoder that was opened for single texts refuses types, in a step and in inference', async () => {
  const core = await opened({ folder });
  const refusal = {
    code: 'OPTION',
    message: 'encoder: It was opened for single texts; pairs use other token types. Open it for pairs.',
  };
  await assert.rejects(core.embed([PAIRS[0]!]), refusal);
  await assert.rejects(stepOf(core, PAIRS), refusal);
  assert.deepEqual(await core.embed([typed(0, 0)]), await core.embed([{ ids: typed(0, 0).ids }]));
});

test('training pairs: an ONNX file that takes types trains them', async () => {
  const at = writeTinyEncoder(path.join(temporaryFolder(), 'onnx'));
  const open = () => opened({ folder: at, onnx: path.join(at, 'model.onnx'), layer: 2 });
  const core = await open();
  const pair = typed(0, 0, 1, 1);
  assert.notDeepEqual(await core.embed([pair]), await core.embed([{ ids: pair.ids }]));
  const [pairs, texts] = [
    await stepOf(core, PAIRS),
    await stepOf(
      await open(),
      PAIRS.map(({ ids }) => ({ ids })),
    ),
  ];
  const ofTypeOne = ({ gradients }: Stepped, name: string) =>
    gradients
      .get(name)!
      .subarray(core.width)
      .some((value) => value !== 0);
  const tables = [...pairs.gradients].flatMap(([name, { length }]) => (length === 2 * core.width && !ofTypeOne(texts, name) ? [name] : []));
  assert.deepEqual(
    tables.map((name) => ofTypeOne(pairs, name)),
    [true],
  );
});
