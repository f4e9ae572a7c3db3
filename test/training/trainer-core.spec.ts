import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { exportEncoder } from '../../src/encoders/export.ts';
import { readModel } from '../../src/graph/read.ts';
import { writeModel } from '../../src/graph/write.ts';
import type { ObjectiveName } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { learningRate } from '../../src/training/schedule.ts';
import { readTensors, writeTensors } from '../../src/tensors/tensor-file.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import type { TrainerParams } from '../../src/training/trainer-params.ts';
import { mostInFull, oracleFolders, ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { TRIED_DEVICE } from './tried-device.ts';

const folder = temporaryFolder();
const BERT = () => ownOracle('bert-uncased');
const CLASSES = 3;

function params(objective: ObjectiveName, more: Partial<TrainerParams> = {}): TrainerParams {
  return {
    files: { name: 'bert-uncased', folder: BERT(), onnx: undefined },
    spec: { token: 'cls', layers: [3], combine: 'one' },
    objective,
    objectiveOptions: objectiveOptions(),
    classes: CLASSES,
    seed: 1,
    freeze: [],
    weightDecay: 0.01,
    decayMatricesOnly: false,
    denseEmbeddings: false,
    dropout: 0,
    accumulate: 1,
    chunkTokens: 1 << 20,
    padId: 0,
    threads: 2,
    device: TRIED_DEVICE,
    ...more,
  };
}

/** Ids that are no special tokens. */
function text(length: number): TokenText {
  return { ids: Int32Array.from({ length }, (_, i) => 10 + ((i * 37 + length * 11) % 70)) };
}

const TEXTS = [9, 4, 14, 7, 11, 5].map(text);
const LABELS = Int32Array.of(0, 1, 0, 1, 2, 2);

/** Steps over the same texts; the results of the first step, and the weights afterwards. */
async function train(made: TrainerParams, { steps = 2, halves = false } = {}) {
  const { core } = await TrainerCore.open(made);
  const run = OBJECTIVES[made.objective].start({
    width: core.width,
    classes: CLASSES,
    options: made.objectiveOptions,
    labels: LABELS,
    seed: 1,
  });
  const first: { loss: number; norm: number | undefined }[] = [];
  for (let step = 0; step < steps; step++) {
    const parts = halves
      ? [
          [0, 1, 4],
          [2, 3, 5],
        ]
      : [[0, 1, 2, 3, 4, 5]];
    for (const [i, rows] of parts.entries()) {
      const place = { epoch: 1, step, rows, batch: rows.length };
      const { loss, gradientNorm } = await core.step({
        texts: rows.map((row) => TEXTS[row]!),
        feeds: run.feeds(place),
        step: step * parts.length + i,
        update: i === parts.length - 1 ? { lr: 0.001, clip: 5 } : undefined,
      });
      first.push({ loss, norm: gradientNorm });
    }
  }
  const file = path.join(folder, `weights-${Math.random()}.safetensors`);
  await core.save({ weights: file });
  return { first, weights: await readTensors(file) };
}

function largestDifference(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  let worst = 0;
  for (const [name, values] of a) {
    // Its true gradient is zero, and Adam makes whole steps of the rounding.
    if (name.endsWith('key.bias')) continue;
    for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - b.get(name)![i]!));
  }
  return worst;
}

const RUNS = [
  ['ce_wd0.0', 'classic', 0],
  ['ce_wd0.01', 'classic', 0.01],
  ['cea_all_wd0.0', 'cea-all-negatives', 0],
] as const;
const CASES = oracleFolders('training').flatMap((oracle) => RUNS.map((run) => ({ ...oracle, run })));

for (const {
  name: oracle,
  at,
  skip,
  run: [name, objective, decay],
} of CASES) {
  test(`trainer: ten steps of AdamW come to torch's losses, norms and weights (${oracle}, ${name})`, { skip }, async () => {
    const {
      adamw: { batches, runs },
    } = JSON.parse(readFileSync(at('training.json'), 'utf8')) as {
      adamw: {
        batches: { labels: number[]; input_ids: number[][]; attention_mask: number[][] }[];
        runs: Record<
          string,
          { steps: { loss: number; grad_norm: number; lr: number }[]; max_abs_diff_fp32_vs_fp64_per_tensor: Record<string, number> }
        >;
      };
    };
    const files = { name: 'bert-uncased', folder: at('..', 'bert-uncased'), onnx: undefined };
    const { core } = await TrainerCore.open(params(objective, { files, weightDecay: decay, denseEmbeddings: true }));
    const start = path.join(folder, `${name}-start.safetensors`);
    await core.save({ weights: start });
    const { tensors: given } = readSafetensors(readFileSync(at('inputs.safetensors')), 'inputs');
    const values = new Map(
      [...(await readTensors(start))].map(([tensor, data]) => [tensor, (given.get(tensor)?.data as Float32Array | undefined) ?? data]),
    );
    await writeTensors(
      start,
      [...values].map(([tensor, data]) => ({ name: tensor, dims: [data.length], data })),
    );
    await core.restore({ weights: start });

    const { steps, max_abs_diff_fp32_vs_fp64_per_tensor: slack } = runs[name]!;
    for (const [step, { labels, input_ids: ids, attention_mask: mask }] of batches.entries()) {
      const run = OBJECTIVES[objective].start({
        width: core.width,
        classes: CLASSES,
        options: objectiveOptions(),
        labels: Int32Array.from(labels),
        seed: 1,
      });
      const texts = ids.map((row, i) => ({ ids: Int32Array.from(row.filter((_, j) => mask[i]![j] === 1)) }));
      const lr = learningRate({ peak: 1e-3, step, total: 10, warmup: 0.1 });
      assert.ok(Math.abs(lr - steps[step]!.lr) < 1e-12);
      const { loss, gradientNorm } = await core.step({
        texts,
        feeds: run.feeds({ epoch: 1, step, rows: [...labels.keys()], batch: labels.length }),
        step,
        update: { lr, clip: 5 },
      });
      assert.ok(Math.abs(loss / steps[step]!.loss - 1) < 1e-5, `step ${step}: loss ${loss}, torch ${steps[step]!.loss}`);
      assert.ok(
        Math.abs(gradientNorm! / steps[step]!.grad_norm - 1) < 1e-4,
        `step ${step}: norm ${gradientNorm}, torch ${steps[step]!.grad_norm}`,
      );
    }
    const end = path.join(folder, `${name}-end.safetensors`);
    await core.save({ weights: end });
    const ours = await readTensors(end);
    // The project's own have the weights of two of the three.
    const final = at(`final_${name}.safetensors`);
    if (!existsSync(final)) return;
    const { tensors: theirs } = readSafetensors(readFileSync(final), name);
    for (const [tensor, { data }] of theirs) {
      if (tensor === '__cls_after' || tensor.endsWith('key.bias')) continue;
      const worst = (data as Float32Array).reduce((most, value, i) => Math.max(most, Math.abs(value - ours.get(tensor)![i]!)), 0);
      // Rounding errors grow alike in both: three times the reference's, and never finer than a float of 1.
      assert.ok(worst <= Math.max(3 * slack[tensor]!, 2 ** -20), `${tensor}: ${worst}, slack ${slack[tensor]}`);
    }
  });
}

test('trainer: a batch that is run in parts has the losses and gradients of one that is run at once, and goes on alike', async () => {
  for (const objective of ['cea-all-negatives', 'classic', 'triplet'] as const) {
    const [whole, parts] = [
      await train(params(objective), { steps: 3 }),
      await train(params(objective, { chunkTokens: 15 }), { steps: 3 }),
    ];
    for (const [i, { loss, norm }] of whole.first.entries()) {
      // Adam makes whole steps of gradients that are only rounding: after an update only what matters to the loss agrees.
      assert.ok(Math.abs(parts.first[i]!.loss / loss - 1) < (i === 0 ? 1e-6 : 1e-4), `${objective} ${i}: ${parts.first[i]!.loss} ${loss}`);
      assert.ok(
        Math.abs(parts.first[i]!.norm! / norm! - 1) < (i === 0 ? 1e-5 : 1e-3),
        `${objective} ${i}: ${parts.first[i]!.norm} ${norm}`,
      );
    }
  }
});

test('trainer: gradients of two halves of a batch average to those of the whole, where the loss is a mean', async () => {
  const [whole, halves] = [
    await train(params('classic'), { steps: 1 }),
    await train(params('classic', { accumulate: 2 }), { steps: 1, halves: true }),
  ];
  assert.ok(largestDifference(whole.weights, halves.weights) < 2e-5);
  assert.equal(halves.first[0]!.norm, undefined);
  assert.ok(Math.abs(halves.first[1]!.norm! / whole.first[0]!.norm! - 1) < 1e-4, `${halves.first[1]!.norm} ${whole.first[0]!.norm}`);
});

async function droppedLosses(seed: number): Promise<number[]> {
  return (await train(params('cea-all-negatives', { dropout: 0.1, seed }))).first.map(({ loss }) => loss);
}

test('trainer: the same seed drops the same, another seed something else', async () => {
  const [first, again, other] = [await droppedLosses(1), await droppedLosses(1), await droppedLosses(2)];
  assert.deepEqual(again, first);
  assert.notDeepEqual(other, first);
});

test('trainer: threads change nothing', async () => {
  const [one, two] = [
    await train(params('cea-all-negatives', { dropout: 0.1, threads: 1 })),
    await train(params('cea-all-negatives', { dropout: 0.1, threads: 2 })),
  ];
  assert.deepEqual(one, two);
});

test('trainer: frozen weights stay as they are, the others move', async () => {
  const { core, opened } = await TrainerCore.open(params('cea-all-negatives', { freeze: ['embeddings', 0, 1] }));
  const before = path.join(folder, 'frozen.safetensors');
  await core.save({ weights: before });
  const old = await readTensors(before);
  const { weights } = await train(params('cea-all-negatives', { freeze: ['embeddings', 0, 1] }));
  for (const [name, values] of weights) {
    const stays = /embeddings|layer\.[01]\./.test(name);
    assert.equal(
      values.every((value, i) => value === old.get(name)![i]),
      stays,
      name,
    );
  }
  assert.ok(opened.frozen > 0 && opened.trained > 0);
});

test('trainer: layers of an ONNX file are frozen whole, though its exporter named matrices by number', async () => {
  const out = path.join(folder, 'nameless');
  await exportEncoder({ name: 'bert-uncased', folder: BERT(), out, dtype: 'fp32' });
  const onnx = path.join(out, 'onnx', 'model.onnx');
  const model = await readModel(onnx);
  const graph = model.proto.graph!;
  const matrices = new Map(
    graph.initializer
      .filter(({ name }) => name.endsWith('.weight') && name.includes('.layer.'))
      .map(({ name }, i) => [name, `onnx::MatMul_${i}`]),
  );
  for (const tensor of graph.initializer) tensor.name = matrices.get(tensor.name) ?? tensor.name;
  for (const node of graph.node) node.input = node.input.map((name) => matrices.get(name) ?? name);
  const nameless = path.join(folder, 'nameless.onnx');
  await writeModel(model, nameless);
  const freeze = ['embeddings', 0, 1];
  const [named, numbered] = [
    await TrainerCore.open(params('cea', { freeze, files: { name: 'named', folder: out, onnx } })),
    await TrainerCore.open(params('cea', { freeze, files: { name: 'numbered', folder: out, onnx: nameless } })),
  ];
  assert.deepEqual(numbered.opened, named.opened);
});

test('trainer: a layer that is not there cannot be frozen', async () => {
  await assert.rejects(TrainerCore.open(params('cea', { freeze: [40] })), {
    code: 'OPTION',
    message: '`freeze`: By name, no weight of the encoder is one of layer 40. It has layers 0 to 2.',
  });
});

test('trainer: with everything frozen there is nothing to train', async () => {
  await assert.rejects(TrainerCore.open(params('cea', { freeze: ['embeddings', 0, 1, 2] })), {
    code: 'OPTION',
    message: '`freeze`: Nothing is left to train: every weight that the vectors depend on is frozen. Freeze less.',
  });
});

test('trainer: an ONNX file trains as its checkpoint does', async () => {
  const out = path.join(folder, 'onnx');
  await exportEncoder({ name: 'bert-uncased', folder: BERT(), out, dtype: 'fp32' });
  const [checkpoint, graph] = [
    await train(params('cea-all-negatives')),
    await train(params('cea-all-negatives', { files: { name: 'onnx', folder: out, onnx: path.join(out, 'onnx', 'model.onnx') } })),
  ];
  for (const [i, { loss, norm }] of checkpoint.first.entries()) {
    assert.ok(Math.abs(graph.first[i]!.loss / loss - 1) < 1e-5);
    assert.ok(Math.abs(graph.first[i]!.norm! / norm! - 1) < 1e-4);
  }
});

test('trainer: an ONNX file that branches by length trains as its checkpoint does, short texts and long ones', async () => {
  const [from, out] = [ownOracle('bigbird'), path.join(folder, 'branches')];
  await exportEncoder({ name: 'bigbird', folder: from, out, dtype: 'fp32' });
  const long = mostInFull(from) + 3;
  const texts = [9, long, 14, 7, long, 5].map(text);
  const gradients = async (onnx: string | undefined) => {
    const made = params('cea-all-negatives', { files: { name: 'bigbird', folder: onnx === undefined ? from : out, onnx } });
    const { core, opened } = await TrainerCore.open(made);
    const run = OBJECTIVES[made.objective].start({
      width: core.width,
      classes: CLASSES,
      options: made.objectiveOptions,
      labels: LABELS,
      seed: 1,
    });
    const step = (rows: readonly number[], at: number) =>
      core.step({
        texts: rows.map((row) => texts[row]!),
        feeds: run.feeds({ epoch: 1, step: at, rows, batch: rows.length }),
        step: at,
        update: { lr: 1e-6, clip: 5 },
      });
    return { trained: opened.trained, steps: [await step([0, 2, 3, 5], 0), await step([0, 1, 2, 3, 4, 5], 1)] };
  };
  const [checkpoint, graph] = [await gradients(undefined), await gradients(path.join(out, 'onnx', 'model.onnx'))];
  assert.equal(graph.trained, checkpoint.trained);
  for (const [i, { loss, gradientNorm }] of checkpoint.steps.entries()) {
    assert.ok(Math.abs(graph.steps[i]!.loss / loss - 1) < 1e-5, `${i}: ${graph.steps[i]!.loss} ${loss}`);
    assert.ok(Math.abs(graph.steps[i]!.gradientNorm! / gradientNorm! - 1) < 1e-4, `${i}: ${graph.steps[i]!.gradientNorm} ${gradientNorm}`);
  }
});

test('trainer: what was saved is taken up again exactly', async () => {
  const files = { weights: path.join(folder, 'state.safetensors'), moments: path.join(folder, 'moments.safetensors') };
  const made = params('prototypes', { dropout: 0.1 });
  const step = (core: TrainerCore, at: number) => {
    const run = OBJECTIVES[made.objective].start({
      width: core.width,
      classes: CLASSES,
      options: made.objectiveOptions,
      labels: LABELS,
      seed: 1,
    });
    return core.step({
      texts: TEXTS,
      feeds: run.feeds({ epoch: 1, step: at, rows: [...LABELS.keys()], batch: 6 }),
      step: at,
      update: { lr: 0.001, clip: 5 },
    });
  };
  const { core } = await TrainerCore.open(made);
  await step(core, 0);
  await core.save(files);
  const straight = await step(core, 1);
  const { core: other } = await TrainerCore.open(made);
  await other.restore(files);
  assert.deepEqual(await step(other, 1), straight);
});

test('trainer: weights of another encoder are not taken up', async () => {
  const file = path.join(folder, 'other.safetensors');
  await writeTensors(file, [{ name: 'a', dims: [1], data: Float32Array.of(1) }]);
  const { core } = await TrainerCore.open(params('cea'));
  await assert.rejects(core.restore({ weights: file }), {
    code: 'FORMAT',
    message: new RegExp(
      `^${file}: It has no "embeddings\\.word_embeddings\\.weight" of \\d+ numbers\\. It belongs to another encoder or objective: use another folder, or \`overwrite\`\\.$`,
    ),
  });
});
