import type { Encoder } from '../encoders/encoder.ts';
import { InferenceSession, Tensor, type SessionOptions } from '../graph/runtime.ts';
import { POOL } from '../graph/poolings.ts';
import { moved } from '../threads/calls.ts';
import { offer } from '../threads/serve.ts';
import { fittingBatches } from './fitting-batches.ts';
import { integerTensor } from './integer-tensor.ts';
import { LINEAR_POOLINGS, poolWeights } from './pool-weights.ts';
import { positionIds } from './position-ids.ts';
import { openSteps, type VectorSteps } from './published-steps.ts';
import { scaleToUnit } from './unit.ts';
import { specWidth, tokensOf, type VectorSpec } from './vectors.ts';
import type { WordPlan } from './word-plan.ts';
import { wordFeeds, wordVectors } from './word-vectors.ts';
import type { RunParams, TextBatch, WordRunParams } from './run-params.ts';
import type { PublishedToken } from '../encoders/published/pooling.ts';

/** The thread in which the encoder runs: a running session blocks its thread, and progress must keep updating. */

interface OpenParams {
  /** The edited graph; its weights are read from `folder`. */
  readonly model: Uint8Array;
  readonly folder: string;
  readonly threads: number;
  readonly providers: SessionOptions['executionProviders'];
  readonly inputs: Encoder['inputs'];
  readonly positions: Encoder['positions'];
  readonly specs: readonly VectorSpec[];
  /** Hidden states that are pooled: 0 to this. */
  readonly depth: number;
  /** Number of leading tokens of every text excluded from pooling. */
  readonly skip: number;
  /** Word outputs of the edited graph; undefined if it returns vectors of texts. */
  readonly words?: WordPlan | undefined;
}

interface OpenEncoder extends Pick<OpenParams, 'inputs' | 'positions' | 'depth' | 'skip' | 'words'> {
  readonly session: InferenceSession;
  readonly vectors: readonly OpenVector[];
}

interface OpenVector {
  readonly spec: VectorSpec;
  /** The published modules after the pooling, if the vector uses them. */
  readonly steps: VectorSteps | undefined;
}

/**
 * How long the runtime's threads spin while waiting for the next operator. The runtime's default of a millisecond and more takes processors
 * from everything else: from this process's other threads, and on a busy machine from the encoder itself.
 */
const SPIN_MICROSECONDS = '50';

async function open({ model, folder, threads, providers, inputs, positions, specs, depth, skip, words }: OpenParams): Promise<OpenEncoder> {
  const vectors: OpenVector[] = [];
  for (const spec of specs) vectors.push({ spec, steps: spec.published && (await openSteps(spec.published)) });
  const session = await InferenceSession.create(model, {
    executionProviders: providers,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Shapes change from batch to batch: a memory plan for one shape does not help the next.
    enableMemPattern: false,
    extra: { session: { model_external_initializers_file_folder_path: folder, intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
    // Errors are thrown as well: the runtime's own lines on stderr would duplicate them.
    logSeverityLevel: 4,
  });
  return { session, inputs, positions, vectors, depth, skip, words };
}

async function run(
  { ids, count, length, words, types }: TextBatch,
  { session, inputs, positions, vectors, depth, skip }: OpenEncoder,
): Promise<Float32Array[]> {
  const feeds: Record<string, Tensor> = {};
  const shape = [count, length];
  for (const { name, type } of inputs) feeds[name] = integerTensor(type, inputValues(name, { ids, types, length, positions }), shape);
  feeds[POOL.weights] = new Tensor('float32', poolWeights({ length, count, words, skip }), [count, LINEAR_POOLINGS.length, length]);
  const outputs = await session.run(feeds, { logSeverityLevel: 4 });
  const pooled = outputs[POOL.pooled]!;
  const source: Source = {
    pooled: pooled.data as Float32Array,
    max: outputs[POOL.max]?.data as Float32Array | undefined,
    width: pooled.dims[2]!,
    states: depth + 1,
    tokens: Math.max(0, length - skip),
  };
  return vectors.map((vector) => combine(vector, count, source));
}

/** Vectors of the words of a batch, for each spec [words, its width]. */
async function runWords({ spent, ...batch }: WordRunParams, { session, inputs, positions, words }: OpenEncoder): Promise<Float32Array[]> {
  const { ids, count, length } = batch;
  const feeds = wordFeeds(words!, batch);
  for (const { name, type } of inputs)
    feeds[name] = integerTensor(type, inputValues(name, { ids, types: undefined, length, positions }), [count, length]);
  room.push(...spent);
  return wordVectors(words!, batch, await session.run(feeds, { logSeverityLevel: 4 }), emptied);
}

/** Texts without tokens have zero vectors, as wide as those of a text with one token. */
async function runNothing(count: number, encoder: OpenEncoder): Promise<Float32Array[]> {
  const one = await run({ ids: new Int32Array(1), count: 1, length: 1 }, encoder);
  return one.map((vector) => new Float32Array(count * vector.length));
}

function inputValues(
  name: string,
  { ids, types, length, positions }: { ids: Int32Array; types: Int32Array | undefined; length: number; positions: OpenParams['positions'] },
): ArrayLike<number> {
  switch (name) {
    case 'input_ids':
      return ids;
    case 'attention_mask':
      return new Int32Array(ids.length).fill(1);
    case 'position_ids':
      return positionIds({ ids, length, positions });
    default:
      return types ?? new Int32Array(ids.length); // token_type_ids: 0 for a single text
  }
}

/** Buffers returned for reuse. */
const room: ArrayBuffer[] = [];

/** An uninitialised array of this length. */
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
  /** Number of tokens of each text that are pooled. */
  readonly tokens: number;
}

/** Location of a pooling's vectors [count, width] of one hidden state: at `from + text * stride`. */
interface Place {
  readonly data: Float32Array;
  readonly from: number;
  readonly stride: number;
  /** Factor to multiply them by. */
  readonly scale: number;
}

function placeOf(pooling: VectorSpec['token'] | PublishedToken, layer: number, { pooled, max, width, states, tokens }: Source): Place {
  if (pooling === 'max') return { data: max!, from: layer * width, stride: states * width, scale: 1 };
  const row = layer * LINEAR_POOLINGS.length + LINEAR_POOLINGS.indexOf(pooling === 'mean-sqrt' ? 'mean' : pooling);
  const scale = pooling === 'mean-sqrt' ? Math.sqrt(tokens) : 1;
  return { data: pooled, from: row * width, stride: states * LINEAR_POOLINGS.length * width, scale };
}

/** Vectors [count, width of the spec] of one kind, from the pooled hidden states. Means and lengths are summed in float64. */
function combine({ spec, steps }: OpenVector, count: number, source: Source): Float32Array {
  const { width } = source;
  const places = spec.layers.flatMap((layer) => tokensOf(spec).map((pooling) => placeOf(pooling, layer, source)));
  const outWidth = specWidth(spec, width);
  const out = emptied(count * outWidth);
  for (let text = 0; text < count; text++) {
    const at = text * outWidth;
    if (steps !== undefined) {
      out.set(steps(sideBySide(places, text, width)), at);
    } else if (spec.combine === 'mean') {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        for (const { data, from, stride } of places) sum += data[from + text * stride + j]!;
        out[at + j] = sum / places.length;
      }
    } else {
      for (const [i, { data, from, stride }] of places.entries()) {
        const start = from + text * stride;
        out.set(data.subarray(start, start + width), at + i * width);
      }
    }
    if (spec.unit === true) scaleToUnit(out.subarray(at, at + outWidth));
  }
  return out;
}

/** The concatenated pooled vectors of a text [places * width]. */
function sideBySide(places: readonly Place[], text: number, width: number): Float64Array {
  const vector = new Float64Array(places.length * width);
  for (const [i, { data, from, stride, scale }] of places.entries()) {
    for (let j = 0; j < width; j++) vector[i * width + j] = scale * data[from + text * stride + j]!;
  }
  return vector;
}

/** Its calls, for each thread that an encoder runs in. */
export const offered = () => {
  let encoder: OpenEncoder | undefined;
  const fitting = fittingBatches((batch) => run(batch, encoder!));
  return {
    open: async (params: OpenParams) => {
      encoder = await open(params);
    },
    /** Vectors of a batch, for each spec [count, its width]. */
    run: async ({ spent, ...batch }: RunParams) => {
      room.push(...spent);
      const vectors = batch.length === 0 ? await runNothing(batch.count, encoder!) : await fitting.run(batch);
      return moved(vectors, vectors);
    },
    /** Vectors of the words of a batch, for each spec [words, its width]. */
    runWords: async (params: WordRunParams) => {
      const vectors = await runWords(params, encoder!);
      return moved(vectors, vectors);
    },
    close: async () => encoder?.session.release(),
  };
};
offer(offered);
export type EncoderCalls = ReturnType<typeof offered>;
