import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { BACKWARD_SESSION, differentiate } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema, TensorProto_DataType, ValueInfoProtoSchema } from '../../src/graph/onnx_pb.ts';
import { probe } from '../../src/graph/probe.ts';
import { prune } from '../../src/graph/topology.ts';
import { AdamW } from '../../src/training/optimiser/adamw.ts';
import { ParameterBuffer } from '../../src/training/optimiser/parameter-buffer.ts';
import type { RowGradients } from '../../src/training/optimiser/row-sum.ts';
import { learningRate } from '../../src/training/schedule.ts';
import { weightsAsInputs } from '../../src/training/weight-inputs.ts';
import { oracleFolders, type OracleFolder } from '../oracles.ts';

const WORDS = 'embeddings.word_embeddings.weight';
/** Of a float32 from 2 to 4: weights are not larger here. */
const LAST_PLACE = 2 ** -22;
const { FLOAT, INT64 } = TensorProto_DataType;

interface Texts {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
}
interface Run {
  readonly steps: readonly { readonly loss: number; readonly grad_norm: number; readonly lr: number }[];
  readonly max_abs_diff_fp32_vs_fp64_per_tensor: Readonly<Record<string, number>>;
}
interface Training extends Texts {
  readonly adamw: { readonly batches: readonly (Texts & { readonly labels: number[] })[]; readonly runs: Readonly<Record<string, Run>> };
}

function integers(rows: readonly number[][]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

/** Mean cross-entropy of a linear head. */
function crossEntropy(builder: GraphBuilder, vectors: Value): Value {
  const labels = builder.input('labels', INT64, ['batch']);
  const logits = builder.op('Gemm', [vectors, 'head.weight', 'head.bias'], { transB: 1 });
  const picked = builder.op(
    'GatherElements',
    [builder.op('LogSoftmax', [logits], { axis: -1 }), builder.op('Unsqueeze', [labels, builder.ints([1])])],
    { axis: 1 },
  );
  return builder.op('Neg', [builder.op('ReduceMean', [picked], { keepdims: 0 })]);
}

/** Sum over pairs i < j of (cos_ij - [y_i = y_j])². */
function cosinesOfAllPairs(builder: GraphBuilder, vectors: Value): Value {
  const labels = builder.input('labels', INT64, ['batch']);
  const norms = builder.op('Sqrt', [builder.op('ReduceSum', [builder.op('Mul', [vectors, vectors]), builder.ints([1])], { keepdims: 1 })]);
  const units = builder.op('Div', [vectors, builder.op('Max', [norms, builder.float(1e-8)])]);
  const cosines = builder.op('MatMul', [units, builder.op('Transpose', [units], { perm: [1, 0] })]);
  const same = builder.op('Equal', [
    builder.op('Unsqueeze', [labels, builder.ints([1])]),
    builder.op('Unsqueeze', [labels, builder.ints([0])]),
  ]);
  const off = builder.op('Sub', [cosines, builder.op('Cast', [same], { to: FLOAT })]);
  const above = builder.op('Trilu', [builder.op('Expand', [builder.float(1), builder.op('Shape', [off])]), builder.ints(1)], { upper: 1 });
  return builder.op('ReduceSum', [builder.op('Mul', [builder.op('Mul', [off, off]), above])], { keepdims: 0 });
}

const LOSSES = {
  ce: { loss: crossEntropy, heads: ['head.weight', 'head.bias'] },
  cea_all: { loss: cosinesOfAllPairs, heads: [] },
} as const;

/** Encoder, loss and backward pass as one session over a buffer. */
async function open({ at }: OracleFolder, kind: keyof typeof LOSSES, { sparse }: { sparse: boolean }) {
  const texts = JSON.parse(readFileSync(at('training.json'), 'utf8')) as Training;
  const { tensors: inputs } = readSafetensors(readFileSync(at('inputs.safetensors')), 'inputs');
  const built = await buildEncoder({ folder: at('..', 'bert-uncased'), form: 'standard' });
  const names = built.model.proto
    .graph!.initializer.filter(({ dataType, externalData }) => dataType === FLOAT && externalData.length > 0)
    .map(({ name }) => name);
  const { proto, weights } = weightsAsInputs(built.model, names);
  const { loss: lossOf, heads: headNames } = LOSSES[kind];
  const heads = headNames.map((name) => ({ name, dims: inputs.get(name)!.shape }));

  const buffer = new ParameterBuffer({
    tensors: [...weights, ...heads].map(({ name, dims }) => ({ name, dims, sparse: name === WORDS })),
    dense: !sparse,
  });
  for (const { name, initial } of weights) buffer.weight(name).set(await initial());
  for (const { name } of heads) buffer.weight(name).set(inputs.get(name)!.data);

  const forward = GraphBuilder.from(proto);
  for (const { name, dims } of heads) forward.input(name, FLOAT, dims);
  const vectors = forward.op('Gather', [built.states.at(-1)!, forward.ints(0)], { axis: 1 });
  const loss = lossOf(forward, vectors);
  const model = forward.build();
  const fed = Object.fromEntries(buffer.names.map((name) => [name, new Tensor('float32', buffer.weight(name), buffer.dims(name))]));
  const feedsOf = ({ input_ids: ids, attention_mask: mask, labels }: Texts & { labels?: number[] }) => ({
    ...fed,
    input_ids: integers(ids),
    attention_mask: integers(mask),
    labels: new Tensor('int64', BigInt64Array.from(labels ?? ids.map(() => 0), BigInt), [ids.length]),
  });
  const builder = GraphBuilder.from(model);
  const gradients = differentiate({
    builder,
    graph: model.graph!,
    loss,
    wrt: buffer.names,
    ...(await probe(model, { folder: built.model.folder, feeds: feedsOf(texts.adamw.batches[0]!) })),
  });

  builder.output(loss, { name: 'loss', type: FLOAT, dims: [] });
  builder.output(vectors, { name: 'vectors', type: FLOAT, dims: ['batch', buffer.dims(WORDS)[1]!] });
  const fetches: Record<string, Tensor | null> = { loss: null, vectors: null };
  for (const [name, { dense, rows }] of gradients) {
    for (const value of rows.flatMap(({ ids, values }) => [ids, values])) fetches[value] = null;
    if (dense === undefined) continue;
    builder.output(dense, { name: `gradient.${name}`, type: FLOAT, dims: buffer.dims(name) });
    fetches[`gradient.${name}`] = new Tensor('float32', buffer.gradient(name), buffer.dims(name));
  }
  const whole = builder.build();
  whole.graph!.output = Object.keys(fetches).map((name) => create(ValueInfoProtoSchema, { name }));
  prune(whole.graph!);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, whole), {
    extra: { ...BACKWARD_SESSION, session: { model_external_initializers_file_folder_path: built.model.folder } },
    logSeverityLevel: 3,
  });
  const run = async (batch: Texts & { labels?: number[] }) => {
    const feeds: Record<string, Tensor> = feedsOf(batch);
    const found = (await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])), fetches)) as Record<
      string,
      Tensor
    >;
    const rows: Record<string, RowGradients[]> = {};
    for (const [name, gradient] of gradients) {
      if (gradient.rows.length > 0)
        rows[name] = gradient.rows.map(({ ids, values }) => ({
          ids: found[ids]!.data as BigInt64Array,
          values: found[values]!.data as Float32Array,
        }));
    }
    return { loss: (found['loss']!.data as Float32Array)[0]!, vectors: found['vectors']!.data as Float32Array, rows };
  };
  // For a table that is only looked up there is no gradient of its size but only of the rows.
  const dense = [...gradients].filter(([, gradient]) => gradient.dense !== undefined).map(([name]) => name);
  return { texts, buffer, run, dense, session };
}

const relative = (ours: number, theirs: number): number => Math.abs(ours - theirs) / Math.abs(theirs);
const apart = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number =>
  Array.from(theirs).reduce((most, each, i) => Math.max(most, Math.abs(each - ours[i]!)), 0);

const RUNS = [
  ['ce_wd0.0', 'ce', 0],
  ['ce_wd0.01', 'ce', 0.01],
  ['cea_all_wd0.0', 'cea_all', 0],
] as const;
const CASES = oracleFolders('training').flatMap((oracle) => RUNS.map((of) => ({ oracle, of })));

for (const {
  oracle,
  of: [tag, kind, weightDecay],
} of CASES) {
  test(`AdamW: ten steps under ${tag} are torch's (${oracle.name})`, { skip: oracle.skip }, async () => {
    const { texts, buffer, run, dense, session } = await open(oracle, kind, { sparse: false });
    const width = buffer.dims(WORDS)[1]!;
    const { steps, max_abs_diff_fp32_vs_fp64_per_tensor: noise } = texts.adamw.runs[tag]!;
    const adamw = new AdamW(buffer, { weightDecay, ignoreRows: { [WORDS]: 0 } });
    const [padding, first] = [buffer.weight(WORDS).slice(0, width), buffer.weight(WORDS).slice()];
    for (const [step, expected] of steps.entries()) {
      const lr = learningRate({ peak: 1e-3, step, total: steps.length });
      assert.ok(Math.abs(lr - expected.lr) < 1e-18, `step ${step}: rate ${lr}`);
      const { loss, rows } = await run(texts.adamw.batches[step]!);
      const { gradientNorm } = adamw.step({ lr, clip: 5, dense, rows });
      assert.ok(relative(loss, expected.loss) < 1e-5, `step ${step}: loss ${loss}, torch's ${expected.loss}`);
      assert.ok(relative(gradientNorm, expected.grad_norm) < 1e-4, `step ${step}: norm ${gradientNorm}, torch's ${expected.grad_norm}`);
      assert.ok(
        buffer
          .gradient(WORDS)
          .subarray(0, width)
          .every((value) => value === 0),
        `step ${step}: the padding row has a gradient`,
      );
    }
    assert.notDeepEqual(buffer.weight(WORDS), first);
    if (weightDecay === 0) assert.deepEqual(buffer.weight(WORDS).slice(0, width), padding);

    // The project's own have the weights of two of the three.
    const file = oracle.at(`final_${tag}.safetensors`);
    if (!existsSync(file)) return session.release();
    const { tensors } = readSafetensors(readFileSync(file), tag);
    const { vectors } = await run(texts);
    const off = apart(vectors, tensors.get('__cls_after')!.data);
    assert.ok(off < 1e-4, `vectors afterwards are ${off} apart`);
    for (const name of buffer.names) {
      // Its gradient is zero up to rounding, of which Adam makes whole steps.
      if (name.endsWith('attention.self.key.bias')) continue;
      const distance = apart(buffer.weight(name), tensors.get(name)!.data);
      assert.ok(
        distance <= Math.max(LAST_PLACE, 3 * noise[name]!),
        `${name}: ${distance} apart, where torch's float32 and float64 are ${noise[name]}`,
      );
    }
    await session.release();
  });
}

for (const oracle of oracleFolders('training')) {
  const { name, skip } = oracle;
  test(`AdamW: with a lazy table the first step is torch's, rows without a gradient stay, and it goes on (${name})`, { skip }, async () => {
    const { texts, buffer, run, dense, session } = await open(oracle, 'ce', { sparse: true });
    const width = buffer.dims(WORDS)[1]!;
    const { steps } = texts.adamw.runs['ce_wd0.0']!;
    const adamw = new AdamW(buffer, { weightDecay: 0, ignoreRows: { [WORDS]: 0 } });
    const before = buffer.weight(WORDS).slice();
    const seen = new Set<number>();
    for (const [step, expected] of steps.entries()) {
      const batch = texts.adamw.batches[step]!;
      for (const id of batch.input_ids.flat()) if (id !== 0) seen.add(id);
      const { loss, rows } = await run(batch);
      const { gradientNorm } = adamw.step({ lr: expected.lr, clip: 5, dense, rows });
      // The first update that moves weights is the second step's; from the third on the rows that it did not see differ.
      const [within, normWithin] = step < 2 ? [1e-5, 1e-4] : [0.02, 0.05];
      assert.ok(relative(loss, expected.loss) < within, `step ${step}: loss ${loss}, torch's ${expected.loss}`);
      const off = relative(gradientNorm, expected.grad_norm);
      assert.ok(off < normWithin, `step ${step}: norm ${gradientNorm}, torch's ${expected.grad_norm}`);
    }
    const after = buffer.weight(WORDS);
    for (let row = 0; row < before.length / width; row++) {
      const [from, to] = [row * width, (row + 1) * width];
      const moved = apart(after.subarray(from, to), before.subarray(from, to)) > 0;
      assert.equal(moved, seen.has(row), `row ${row}`);
    }
    await session.release();
  });
}
