import type { Encoder } from '../encoders/encoder.ts';
import { InferenceSession, Tensor } from '../graph/runtime.ts';
import { POOL } from '../graph/poolings.ts';
import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { LINEAR_POOLINGS, poolWeights } from './pool-weights.ts';
import { positionIds } from './position-ids.ts';
import { scaleToUnit } from './unit.ts';
import { specWidth, type VectorSpec } from './vectors.ts';

/** The thread in which the encoder runs: a running session blocks its thread, and progress must keep moving. */

interface OpenParams {
  /** The edited graph; its weights are read from `folder`. */
  readonly model: Uint8Array;
  readonly folder: string;
  readonly threads: number;
  readonly inputs: Encoder['inputs'];
  readonly positions: Encoder['positions'];
  readonly specs: readonly VectorSpec[];
  /** Hidden states that are pooled: 0 to this. */
  readonly depth: number;
}

export interface RunParams {
  /** [count, length] */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly count: number;
  readonly length: number;
  readonly words?: readonly Int32Array[] | undefined;
  /** Results of earlier batches that are done with: room for those to come. */
  readonly spent: readonly ArrayBuffer[];
}

interface OpenEncoder extends Pick<OpenParams, 'inputs' | 'positions' | 'specs' | 'depth'> {
  readonly session: InferenceSession;
}

let encoder: OpenEncoder | undefined;

async function open({ model, folder, threads, inputs, positions, specs, depth }: OpenParams): Promise<OpenEncoder> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Shapes change from batch to batch: a plan for one shape is of no use to the next.
    enableMemPattern: false,
    extra: { session: { model_external_initializers_file_folder_path: folder } },
    // Errors are thrown too: the runtime's own lines on stderr would be a second voice.
    logSeverityLevel: 4,
  });
  return { session, inputs, positions, specs, depth };
}

async function run(
  { ids, count, length, words, spent }: RunParams,
  { session, inputs, positions, specs, depth }: OpenEncoder,
): Promise<Float32Array[]> {
  if (length === 0) return runNothing({ count, spent });
  const feeds: Record<string, Tensor> = {};
  const shape = [count, length];
  for (const { name, type } of inputs) feeds[name] = integerTensor(type, inputValues(name, { ids, length, positions }), shape);
  feeds[POOL.weights] = new Tensor('float32', poolWeights({ length, count, words }), [count, LINEAR_POOLINGS.length, length]);
  room.push(...spent);
  const outputs = await session.run(feeds, { logSeverityLevel: 4 });
  const pooled = outputs[POOL.pooled]!;
  const source: Source = {
    pooled: pooled.data as Float32Array,
    max: outputs[POOL.max]?.data as Float32Array | undefined,
    width: pooled.dims[2]!,
    states: depth + 1,
  };
  return specs.map((spec) => combine(spec, count, source));
}

/** Texts without tokens have vectors of zeros: so wide as those of a text with one. */
async function runNothing({ count, spent }: Pick<RunParams, 'count' | 'spent'>): Promise<Float32Array[]> {
  const one = await run({ ids: new Int32Array(1), count: 1, length: 1, spent }, encoder!);
  return one.map((vector) => new Float32Array(count * vector.length));
}

function inputValues(
  name: string,
  { ids, length, positions }: { ids: Int32Array; length: number; positions: OpenParams['positions'] },
): ArrayLike<number> {
  switch (name) {
    case 'input_ids':
      return ids;
    case 'attention_mask':
      return new Int32Array(ids.length).fill(1);
    case 'position_ids':
      return positionIds({ ids, length, positions });
    default:
      return new Int32Array(ids.length); // token_type_ids: the first sentence
  }
}

function integerTensor(type: 'int64' | 'int32', values: ArrayLike<number>, shape: number[]): Tensor {
  if (type === 'int32') return new Tensor('int32', Int32Array.from(values), shape);
  // Ids are below 2^31: the low half of each number, on the little-endian machines that the runtime knows.
  const wide = new BigInt64Array(values.length);
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i]!;
  return new Tensor('int64', wide, shape);
}

/** Buffers of results that came back. */
const room: ArrayBuffer[] = [];

/** An array of so many numbers that are yet to be written. */
function emptied(length: number): Float32Array {
  const bytes = length * Float32Array.BYTES_PER_ELEMENT;
  const fitting = room.findIndex(({ byteLength }) => byteLength >= bytes);
  if (fitting >= 0) return new Float32Array(room.splice(fitting, 1)[0]!, 0, length);
  room.shift(); // too small for this batch, and likely for others
  return new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
}

interface Source {
  /** [count, states * poolings, width] */
  readonly pooled: Float32Array;
  /** [count, states, width] */
  readonly max: Float32Array | undefined;
  readonly width: number;
  readonly states: number;
}

/** Vectors [count, width or layers * width] of one kind, from the pooled hidden states. Means and lengths are summed in float64. */
function combine(spec: VectorSpec, count: number, { pooled, max, width, states }: Source): Float32Array {
  const [data, stride, place] = spec.token === 'max' ? [max!, 1, 0] : [pooled, LINEAR_POOLINGS.length, LINEAR_POOLINGS.indexOf(spec.token)];
  const perText = states * stride * width;
  const offsets = spec.layers.map((layer) => (layer * stride + place) * width);
  const outWidth = specWidth(spec, width);
  const out = emptied(count * outWidth);
  for (let text = 0; text < count; text++) {
    const base = text * perText;
    const at = text * outWidth;
    if (spec.combine === 'mean') {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (const offset of offsets) sum += data[base + offset + j]!;
        out[at + j] = sum / offsets.length;
      }
    } else {
      for (const [i, offset] of offsets.entries()) out.set(data.subarray(base + offset, base + offset + width), at + i * width);
    }
    if (spec.unit === true) scaleToUnit(out.subarray(at, at + outWidth));
  }
  return out;
}

const calls = serve({
  open: async (params: OpenParams) => {
    encoder = await open(params);
  },
  /** Vectors of a batch, for each spec [count, its width]. */
  run: async (params: RunParams) => {
    const vectors = await run(params, encoder!);
    return moved(vectors, vectors);
  },
});
export type EncoderCalls = typeof calls;
