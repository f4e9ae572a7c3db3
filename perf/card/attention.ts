import { toBinary } from '@bufbuild/protobuf';
import type { Device } from '../../src/devices/device.ts';
import { CONTRIB, GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { uniform } from '../../src/training/seeds.ts';
import type { AttentionJob, AttentionResult } from './jobs.ts';

/** Attentions one after the other in a timed graph, so that what is sent to the card and back hardly counts. */
const CHAINED = 4;
const RUNS = 5;

type Form = 'fused' | 'plain';

interface Shape extends Pick<AttentionJob, 'heads' | 'size'> {
  readonly texts: number;
  readonly tokens: number;
}

/**
 * Whether the runtime's fused attention (com.microsoft MultiHeadAttention) is right on the device, and how fast it is, compared with
 * products of matrices, by length of the texts.
 */
export async function* measureAttention({ device, heads, size, lengths, tokens: all }: AttentionJob): AsyncIterable<AttentionResult> {
  for (const tokens of lengths) {
    const shape = { heads, size, tokens, texts: Math.max(1, Math.floor(all / tokens)) };
    // Two texts show a mistake as well as many, and take the CPU no time.
    const few = { ...shape, texts: 2 };
    const inputs = randomInputs(few);
    const expected = await attend(few, { form: 'plain', device: 'cpu', inputs });
    const [fusedOnes, plainOnes] = [
      await attend(few, { form: 'fused', device, inputs }),
      await attend(few, { form: 'plain', device, inputs }),
    ];
    yield {
      tokens,
      texts: shape.texts,
      fusedDifference: difference(fusedOnes, expected),
      plainDifference: difference(plainOnes, expected),
      fused: await milliseconds(shape, 'fused', device),
      plain: await milliseconds(shape, 'plain', device),
    };
  }
}

/** query, key, value [texts, tokens, heads * size]. Scores of several units, so that weights differ. */
function randomInputs({ texts, tokens, heads, size }: Shape): Record<string, Tensor> {
  const random = uniform(1);
  const dims = [texts, tokens, heads * size];
  const one = () =>
    new Tensor(
      'float32',
      Float32Array.from({ length: texts * tokens * heads * size }, () => 4 * random() - 2),
      dims,
    );
  return { query: one(), key: one(), value: one() };
}

interface Attended {
  readonly form: Form;
  readonly device: Device;
  readonly inputs: Record<string, Tensor>;
}

async function attend(shape: Shape, { form, device, inputs }: Attended): Promise<Float32Array> {
  const builder = new GraphBuilder();
  const dims = [shape.texts, shape.tokens, shape.heads * shape.size];
  const [query, key, value] = Object.keys(inputs).map((name) => builder.input(name, TensorProto_DataType.FLOAT, dims)) as [
    Value,
    Value,
    Value,
  ];
  builder.output(attention(builder, form, shape, { query, key, value }), { name: 'mixed', type: TensorProto_DataType.FLOAT, dims });
  const session = await open(builder.build(), device);
  const { mixed } = await session.run(inputs);
  await session.release();
  return mixed!.data as Float32Array;
}

/** Of one attention, the fastest of some runs. */
async function milliseconds(shape: Shape, form: Form, device: Device): Promise<number> {
  const builder = new GraphBuilder();
  const { texts, tokens, heads, size } = shape;
  const width = heads * size;
  const text = builder.input('text', TensorProto_DataType.FLOAT, [1, tokens, width]);
  let states = builder.op('Expand', [text, builder.ints([texts, tokens, width])]);
  for (let i = 0; i < CHAINED; i++) states = attention(builder, form, shape, { query: states, key: states, value: states });
  const mean = builder.op('ReduceMean', [states, builder.ints([0, 1])]);
  builder.output(mean, { name: 'mean', type: TensorProto_DataType.FLOAT, dims: [1, 1, width] });
  const session = await open(builder.build(), device);
  const random = uniform(2);
  const feeds = {
    text: new Tensor(
      'float32',
      Float32Array.from({ length: tokens * width }, () => 4 * random() - 2),
      [1, tokens, width],
    ),
  };
  let best = Infinity;
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now();
    await session.run(feeds);
    // The first run compiles.
    if (run > 0) best = Math.min(best, performance.now() - started);
  }
  await session.release();
  return best / CHAINED;
}

interface Sequences {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** [texts, tokens, heads * size], in the form of `TextGraph.dotProductAttention`. */
function attention(builder: GraphBuilder, form: Form, { heads, size }: Shape, { query, key, value }: Sequences): Value {
  const scale = 1 / Math.sqrt(size);
  if (form === 'fused')
    return builder.op('MultiHeadAttention', [query, key, value], { num_heads: heads, scale: { float: scale } }, CONTRIB);
  const reshape = (sequence: Value, ...dims: number[]) => builder.op('Reshape', [sequence, builder.ints(dims)]);
  const parted = (sequence: Value, perm: readonly number[]) => builder.op('Transpose', [reshape(sequence, 0, 0, heads, size)], { perm });
  const scaled = builder.op('Mul', [parted(query, [0, 2, 1, 3]), builder.float(scale)]);
  const scores = builder.op('MatMul', [scaled, parted(key, [0, 2, 3, 1])]);
  const weights = builder.op('Softmax', [scores], { axis: -1 });
  const mixed = builder.op('MatMul', [weights, parted(value, [0, 2, 1, 3])]);
  return reshape(builder.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), 0, 0, heads * size);
}

/** A session that runs everything on the device, and throws if it would not. */
function open(model: ModelProto, device: Device): Promise<InferenceSession> {
  const extra = device === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } };
  return InferenceSession.create(toBinary(ModelProtoSchema, model), { executionProviders: [device], logSeverityLevel: 4, extra });
}

function difference(found: Float32Array, expected: Float32Array): number {
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    const off = Math.abs(found[i]! - value);
    worst = off <= worst ? worst : off; // NaN counts as a difference
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / largest;
}
