import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary, create } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { GRADIENT_RULES } from '../../src/graph/gradients.ts';
import { ModelProtoSchema, TensorProto_DataType, ValueInfoProtoSchema, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { probe } from '../../src/graph/probe.ts';
import { bools, CASES, floats, x, type Case, type Input } from './gradient-cases.ts';

/** Number of points at which a rule is checked, each drawn by its seed. */
const POINTS = 5;
/** Step of the central differences: fourth order, so that float32 rounding leaves enough precision. */
const STEP = 2 ** -6;
/** Relative to a gradient, or to 1 if it is smaller: float32 rounding divided by the step is about 1e-5. */
const TOLERANCE = 1e-3;

for (const op of Object.keys(GRADIENT_RULES)) {
  test(`gradient of ${op}: as its differences`, async () => {
    const cases = CASES[op];
    assert.ok(cases !== undefined && cases.length > 0, `${op} has a rule and no case`);
    for (const each of cases) {
      const run = await open(op, each);
      try {
        if (each.at !== undefined) await checkByHand(run, each);
        else for (let seed = 1; seed <= POINTS; seed++) await checkDifferences(run, each, seed);
      } finally {
        await run.session.release();
      }
    }
  });
}

test('gradient of Dropout: what is kept is scaled up, what is not gets nothing', async () => {
  const run = await open('Dropout', { inputs: [x(400), floats([], 0.25), bools([], 1)] });
  const feeds = {
    x0: new Tensor('float32', new Float32Array(400).fill(1), [400]),
    r0: new Tensor('float32', new Float32Array(400).fill(1), [400]),
  };
  const found = await run.session.run(feeds);
  const [y, gradient] = [found['y.0']!.data as Float32Array, found[run.gradients[0]!.dense!]!.data as Float32Array];
  assert.deepEqual(gradient, y);
  const kept = y.filter((value) => value !== 0);
  assert.ok(kept.length > 250 && kept.length < 350 && kept.every((value) => Math.abs(value - 4 / 3) < 1e-6));
  await run.session.release();
});

interface Opened {
  readonly session: InferenceSession;
  readonly floats: readonly { readonly name: string; readonly dims: readonly number[]; readonly from: number; readonly to: number }[];
  readonly outputs: readonly { readonly name: Value; readonly dims: readonly number[] }[];
  readonly gradients: readonly { readonly dense?: Value; readonly rows?: { readonly ids: Value; readonly values: Value } }[];
}

/** Only the operator, with loss = the sum of its outputs times random numbers (inputs r0, r1, …), and the loss's gradients. */
async function open(op: string, { inputs, attributes = {}, outputs = 1, gives }: Case): Promise<Opened> {
  const forward = new GraphBuilder();
  const given: { name: string; dims: readonly number[]; from: number; to: number }[] = [];
  const values = inputs.map((input, i) => {
    if (input === '') return '';
    if ('ints' in input) return forward.tensor(`c${i}`, constant(input));
    given.push({ name: `x${i}`, dims: input.dims, from: input.from ?? -1, to: input.to ?? 1 });
    return forward.input(`x${i}`, TensorProto_DataType.FLOAT, input.dims);
  });
  const made = forward.ops(op, values, attributes, outputs);
  // Names that do not depend on the operator's.
  const ys = made.map((y, i) =>
    forward.node(gives === 'other' ? 'Cast' : 'Identity', [y], gives === 'other' ? { to: TensorProto_DataType.FLOAT } : {}, {
      name: `y.${i}`,
    }),
  );
  const plain = forward.build();
  const first = Object.fromEntries(given.map(({ name, dims, from, to }) => [name, draw(dims, { from, to, seed: 9 })]));
  const { shapes } = await probe(plain, { folder: '.', feeds: first });
  const withLoss = GraphBuilder.from(plain);
  const parts = ys.map((y, i) =>
    withLoss.op('ReduceSum', [withLoss.op('Mul', [y, withLoss.input(`r${i}`, TensorProto_DataType.FLOAT, shapes.get(y)!)])], {
      keepdims: 0,
    }),
  );
  const loss = withLoss.op('Sum', parts);
  const model = withLoss.build();
  const weights = Object.fromEntries(ys.map((y, i) => [`r${i}`, draw(shapes.get(y)!, { seed: 3 })]));
  const builder = GraphBuilder.from(model);
  const found = differentiate({
    builder,
    graph: model.graph!,
    loss,
    wrt: given.map(({ name }) => name),
    ...(await probe(model, { folder: '.', feeds: { ...first, ...weights } })),
  });
  const gradients = given.map(({ name }) => {
    const gradient = found.get(name);
    return {
      ...(gradient?.dense === undefined ? {} : { dense: gradient.dense }),
      ...(gradient?.rows[0] === undefined ? {} : { rows: gradient.rows[0] }),
    };
  });
  const wanted = gradients.flatMap(({ dense, rows }) => [dense, rows?.ids, rows?.values]).filter((name) => name !== undefined);
  return {
    session: await load(builder.build(), [...ys, ...wanted]),
    floats: given,
    outputs: ys.map((name) => ({ name, dims: shapes.get(name)! })),
    gradients,
  };
}

async function load(model: ModelProto, outputs: readonly Value[]): Promise<InferenceSession> {
  model.graph!.output = [...new Set(outputs)].map((name) => create(ValueInfoProtoSchema, { name }));
  // Nothing is folded or rewritten: the graph is checked as it was made.
  return InferenceSession.create(toBinary(ModelProtoSchema, model), { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
}

function constant({ ints: values, dims = [values.length], type = TensorProto_DataType.INT64 }: Extract<Input, { ints: unknown }>): {
  dataType: TensorProto_DataType;
  dims: readonly number[];
  raw: ArrayBufferView;
} {
  const raw = {
    [TensorProto_DataType.INT64]: () => BigInt64Array.from(values, BigInt),
    [TensorProto_DataType.INT32]: () => Int32Array.from(values),
    [TensorProto_DataType.FLOAT]: () => Float32Array.from(values),
    [TensorProto_DataType.BOOL]: () => Uint8Array.from(values),
  }[type]();
  return { dataType: type, dims, raw };
}

function draw(dims: readonly number[], { seed, from = -1, to = 1 }: { seed: number; from?: number; to?: number }): Tensor {
  const random = xoroshiro128plus(seed);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: size }, () => from + (to - from) * ((random.next() >>> 0) / 2 ** 32)),
    [...dims],
  );
}

async function gradientsAt({ session, gradients, floats: given }: Opened, feeds: Record<string, Tensor>): Promise<Float64Array[]> {
  const found = await session.run(feeds);
  return gradients.map(({ dense, rows }, i) => {
    const { dims } = given[i]!;
    const sum = new Float64Array(feeds[given[i]!.name]!.size);
    if (dense !== undefined) {
      assert.deepEqual(found[dense]!.dims, dims);
      sum.set(found[dense]!.data as Float32Array);
    }
    if (rows === undefined) return sum;
    const width = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const ids = Array.from(found[rows.ids]!.data as BigInt64Array, Number);
    (found[rows.values]!.data as Float32Array).forEach((value, at) => {
      sum[ids[Math.floor(at / width)]! * width + (at % width)]! += value;
    });
    return sum;
  });
}

async function checkByHand(run: Opened, { at }: Case): Promise<void> {
  const feeds: Record<string, Tensor> = Object.fromEntries(
    run.floats.map(({ name, dims }, i) => [name, new Tensor('float32', Float32Array.from(at!.x[i]!), [...dims])]),
  );
  for (const [i, { dims }] of run.outputs.entries())
    feeds[`r${i}`] = new Tensor('float32', new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(1), [...dims]);
  assert.deepEqual(
    (await gradientsAt(run, feeds)).map((each) => [...each]),
    at!.gradient,
  );
}

async function checkDifferences(run: Opened, { about = '', gives }: Case, seed: number): Promise<void> {
  const feeds: Record<string, Tensor> = {};
  // Two numbers of a point are never so close to each other, or to 0, that a step crosses a kink.
  for (const [i, { name, dims, from, to }] of run.floats.entries())
    feeds[name] = spaced(draw(dims, { from, to, seed: 100 * seed + i }), { from, to, shift: i / run.floats.length });
  for (const [i, { dims }] of run.outputs.entries()) feeds[`r${i}`] = draw(dims, { seed: 1000 * seed + i });
  const ours = await gradientsAt(run, feeds);
  if (gives === 'other') {
    assert.ok(
      run.gradients.every(({ dense, rows }) => dense === undefined && rows === undefined),
      about,
    );
    return;
  }
  const loss = async (): Promise<number> => {
    const found = await run.session.run(
      feeds,
      run.outputs.map(({ name }) => name),
    );
    return run.outputs.reduce(
      (sum, { name }, i) =>
        (found[name]!.data as Float32Array).reduce((part, value, j) => part + value * (feeds[`r${i}`]!.data as Float32Array)[j]!, sum),
      0,
    );
  };
  for (const [i, { name }] of run.floats.entries()) {
    const data = feeds[name]!.data as Float32Array;
    for (let j = 0; j < data.length; j++) {
      const at = data[j]!;
      const shifted = async (by: number): Promise<number> => {
        data[j] = at + by;
        return loss();
      };
      const numeric =
        (8 * ((await shifted(STEP)) - (await shifted(-STEP))) - ((await shifted(2 * STEP)) - (await shifted(-2 * STEP)))) / (12 * STEP);
      data[j] = at;
      const off = Math.abs(ours[i]![j]! - numeric);
      assert.ok(
        off <= TOLERANCE * Math.max(1, Math.abs(numeric)),
        `${about}: input ${i} at ${j}, seed ${seed}: ${ours[i]![j]}, and the differences give ${numeric}`,
      );
    }
  }
}

/** The same order of numbers on a grid of at least 5 steps, each input's grid between the others'. */
function spaced(tensor: Tensor, { from, to, shift }: { from: number; to: number; shift: number }): Tensor {
  const data = tensor.data as Float32Array;
  const order = Array.from(data.keys()).toSorted((a, b) => data[a]! - data[b]!);
  const gap = (to - from) / (data.length + 1);
  for (const [place, i] of order.entries()) data[i] = from + gap * (place + 0.3 + 0.6 * shift);
  return tensor;
}
