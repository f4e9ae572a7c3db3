import type { Encoder } from '../encoders/encoder.ts';
import { InferenceSession, Tensor, type SessionOptions } from '../graph/runtime.ts';
import { COPY } from '../graph/copy-graph.ts';
import { residentOutputs } from '../graph/device-graph.ts';
import { POOL, type PooledRows } from '../graph/poolings.ts';
import { WORD } from '../graph/word-poolings.ts';
import { later, moved } from '../threads/calls.ts';
import { offer } from '../threads/serve.ts';
import { CARD_GROUP, CARD_GROUP_BYTES, CARD_GROUP_MS } from './batches.ts';
import { CardBatches, type Tensors } from './card-batches.ts';
import { fittingBatches } from './fitting-batches.ts';
import { integerTensor } from './integer-tensor.ts';
import { LINEAR_POOLINGS, poolWeights } from './pool-weights.ts';
import { pooledRow } from './pooled-rows.ts';
import { positionIds } from './position-ids.ts';
import { openSteps, type VectorSteps } from './published-steps.ts';
import { scaleToUnit } from './unit.ts';
import { specWidth, tokensOf, type VectorSpec } from './vectors.ts';
import type { WordPlan } from './word-plan.ts';
import type { WordBatch } from './word-runner.ts';
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
  /** Rows of the outputs that the edited graph returns. Default: all. */
  readonly rows: PooledRows | undefined;
  /** Number of leading tokens of every text excluded from pooling. */
  readonly skip: number;
  /** Word outputs of the edited graph; undefined if it returns vectors of texts. */
  readonly words?: WordPlan | undefined;
  /** If outputs stay on a card. */
  readonly resident: ResidentOutputs | undefined;
}

export interface ResidentOutputs {
  /** All outputs of the edited graph. */
  readonly names: readonly string[];
  /** The graph that copies one to the CPU. */
  readonly copy: Uint8Array;
}

interface OpenEncoder extends Pick<OpenParams, 'inputs' | 'positions' | 'rows' | 'skip' | 'words'> {
  /** Outputs of a batch, on the CPU. */
  readonly run: (feeds: Tensors) => Promise<Tensors>;
  /** If it queues batches: another may run before it has the outputs of one. */
  readonly queue: CardBatches | undefined;
  readonly sessions: readonly InferenceSession[];
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

async function open({ model, specs, resident, ...params }: OpenParams): Promise<OpenEncoder> {
  const vectors: OpenVector[] = [];
  for (const spec of specs) vectors.push({ spec, steps: spec.published && (await openSteps(spec.published)) });
  const session = await openSession(model, params, resident?.names);
  const runs = (feeds: Tensors): Promise<Tensors> => session.run(feeds, QUIET);
  if (resident === undefined) return { ...params, vectors, queue: undefined, sessions: [session], run: runs };
  const copying = await openSession(resident.copy, params);
  const read = async (outputs: Tensors): Promise<Tensors> => {
    const copies: Record<string, Tensor> = {};
    for (const [name, output] of Object.entries(outputs)) {
      if (name !== WORD.rest) copies[name] = (await copying.run({ [COPY.from]: output }, QUIET))[COPY.to]!;
    }
    return copies;
  };
  const batches = new CardBatches({ run: runs, read, group: CARD_GROUP, groupBytes: CARD_GROUP_BYTES, groupMs: CARD_GROUP_MS });
  return { ...params, vectors, queue: batches, sessions: [session, copying], run: (feeds) => batches.run(feeds) };
}

/** Errors are thrown as well: the runtime's own lines on stderr would duplicate them. */
const QUIET = { logSeverityLevel: 4 } as const;

async function openSession(
  model: Uint8Array,
  { folder, threads, providers }: Pick<OpenParams, 'folder' | 'threads' | 'providers'>,
  resident: readonly string[] = [],
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: providers,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Shapes change from batch to batch: a memory plan for one shape does not help the next.
    enableMemPattern: false,
    extra: { session: { model_external_initializers_file_folder_path: folder, intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
    ...QUIET,
    ...residentOutputs(resident),
  });
}

async function run(
  { ids, count, length, words, types }: TextBatch,
  { run: runGraph, inputs, positions, vectors, rows, skip }: OpenEncoder,
): Promise<Float32Array[]> {
  const feeds: Record<string, Tensor> = {};
  const shape = [count, length];
  for (const { name, type } of inputs) feeds[name] = integerTensor(type, inputValues(name, { ids, types, length, positions }), shape);
  feeds[POOL.weights] = new Tensor('float32', poolWeights({ length, count, words, skip }), [count, LINEAR_POOLINGS.length, length]);
  const outputs = await runGraph(feeds);
  const pooled = outputs[POOL.pooled]!;
  const source: Source = {
    pooled: pooled.data as Float32Array,
    max: outputs[POOL.max]?.data as Float32Array | undefined,
    width: pooled.dims[2]!,
    count,
    rows,
    tokens: Math.max(0, length - skip),
  };
  return vectors.map((vector) => combine(vector, source));
}

/** Vectors of the words of a batch, for each spec [words, its width]. */
async function runWords(batch: WordBatch, { run: runGraph, inputs, positions, words }: OpenEncoder): Promise<Float32Array[]> {
  const { ids, count, length } = batch;
  const feeds = wordFeeds(words!, batch);
  for (const { name, type } of inputs)
    feeds[name] = integerTensor(type, inputValues(name, { ids, types: undefined, length, positions }), [count, length]);
  return wordVectors(words!, batch, await runGraph(feeds), emptied);
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
  /** [count, states * poolings, width], or `rows` of these */
  readonly pooled: Float32Array;
  /** [count, states, width], likewise */
  readonly max: Float32Array | undefined;
  readonly rows: PooledRows | undefined;
  readonly width: number;
  readonly count: number;
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

function placeOf(pooling: VectorSpec['token'] | PublishedToken, layer: number, { count, width, rows, tokens, ...all }: Source): Place {
  const kind = pooling === 'max' ? 'max' : 'pooled';
  const [data, row] = [all[kind]!, pooledRow(pooling, layer)];
  const scale = pooling === 'mean-sqrt' ? Math.sqrt(tokens) : 1;
  return { data, from: (rows === undefined ? row : rows[kind].indexOf(row)) * width, stride: data.length / count, scale };
}

/** Vectors [count, width of the spec] of one kind, from the pooled hidden states. Means and lengths are summed in float64. */
function combine({ spec, steps }: OpenVector, source: Source): Float32Array {
  const { width, count } = source;
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
  const answer = (vectors: Promise<Float32Array[]>) => {
    const answered = vectors.then((all) => moved(all, all));
    return encoder!.queue === undefined ? answered : later(answered);
  };
  return {
    open: async (params: OpenParams) => {
      encoder = await open(params);
    },
    /** Vectors of a batch, for each spec [count, its width]. */
    run: ({ spent, ...batch }: RunParams) => {
      room.push(...spent);
      return answer(batch.length === 0 ? runNothing(batch.count, encoder!) : fitting.run(batch));
    },
    /** Vectors of the words of a batch, for each spec [words, its width]. */
    runWords: ({ spent, ...batch }: WordRunParams) => {
      room.push(...spent);
      return answer(runWords(batch, encoder!));
    },
    /** Gives up the batches that are queued and not begun. */
    drop: () => encoder?.queue?.drop(new Error('it was given up')),
    close: async () => {
      for (const session of encoder?.sessions ?? []) await session.release();
    },
  };
};
offer(offered);
export type EncoderCalls = ReturnType<typeof offered>;
