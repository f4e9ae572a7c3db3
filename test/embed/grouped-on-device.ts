import path from 'node:path';
import { CardBatches, type Tensors } from '../../src/embed/card-batches.ts';
import { integerTensor } from '../../src/embed/integer-tensor.ts';
import { LINEAR_POOLINGS, poolWeights } from '../../src/embed/pool-weights.ts';
import { positionIds } from '../../src/embed/position-ids.ts';
import { EncoderSession } from '../../src/embed/session.ts';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { COPY, copyGraph } from '../../src/graph/copy-graph.ts';
import { fitToDevice, providersOf, residentOutputs } from '../../src/graph/device-graph.ts';
import { modelBytes } from '../../src/graph/model-bytes.ts';
import { addPoolings, POOL } from '../../src/graph/poolings.ts';
import { InferenceSession, Tensor, type SessionOptions } from '../../src/graph/runtime.ts';

/**
 * Batches whose outputs stay on a card until they are read in groups, against such whose outputs come to the CPU with each run; in a
 * process of its own, like on-device.ts. Arguments: the device, then folders. Prints a `Grouped` for each, as one line of JSON.
 */
export interface Grouped {
  readonly folder: string;
  /** Numbers whose bits differ, of pooled states. */
  readonly pooled: number;
  /** Tensors left on the card. */
  readonly alive: number;
  /** Milliseconds that a run took to return, at the median, and the read of a group. */
  readonly run: number;
  readonly read: number;
  /**
   * Numbers whose bits differ between batches at once and one after the other, by the product's sessions, which share the card's thread: of
   * texts, and of words.
   */
  readonly texts: number;
  readonly words: number;
}

/** Texts, and tokens of each, of the batches: more than one group. */
const BATCHES: readonly (readonly [count: number, length: number])[] = [
  [2, 19],
  [3, 14],
  [1, 9],
  [4, 8],
  [4, 8],
  [5, 7],
  [1, 6],
  [2, 5],
  [3, 4],
  [1, 2],
];

function idsOf(count: number, length: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: count * length }, (_, at) => 5 + ((at * 7 + length) % 12));
}

function feedsOf({ inputs, positions }: Encoder, [count, length]: readonly [number, number]): Tensors {
  const ids = idsOf(count, length);
  const weights = poolWeights({ length, count });
  const values = {
    input_ids: ids,
    attention_mask: new Int32Array(ids.length).fill(1),
    position_ids: positionIds({ ids, length, positions }),
    token_type_ids: new Int32Array(ids.length),
  };
  return {
    ...Object.fromEntries(
      inputs.map(({ name, type }) => [name, integerTensor(type, values[name as keyof typeof values], [count, length])]),
    ),
    [POOL.weights]: new Tensor('float32', weights, [count, LINEAR_POOLINGS.length, length]),
  };
}

function numbers(outputs: Tensors): Float32Array[] {
  return [POOL.pooled, POOL.max].map((name) => outputs[name]!.data as Float32Array);
}

function bits({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

/** Numbers of two lists that have not the same bits. */
function different(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return a.reduce((sum, values, i) => {
    const [one, other] = [bits(values), bits(b[i]!)];
    if (one.length === 0 || one.length !== other.length) return Infinity;
    return sum + one.reduce((count, value, at) => count + Number(value !== other[at]), 0);
  }, 0);
}

async function pooledStates(encoder: Encoder): Promise<Pick<Grouped, 'pooled' | 'alive' | 'run' | 'read'>> {
  const edited = addPoolings({ proto: encoder.model.proto, states: encoder.states.slice(0, encoder.depth + 1), max: true });
  fitToDevice(edited, encoder.device);
  const options: SessionOptions = {
    executionProviders: providersOf(encoder.device, edited),
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { session: { model_external_initializers_file_folder_path: encoder.model.folder } },
  };
  const model = modelBytes(edited);
  const plain = await InferenceSession.create(model, options);
  const session = await InferenceSession.create(model, { ...options, ...residentOutputs([POOL.pooled, POOL.max]) });
  const copying = await InferenceSession.create(modelBytes(copyGraph(3)), options);
  const alive = new Set<Tensor>();
  const times: { run: number[]; read: number[] } = { run: [], read: [] };
  const batches = new CardBatches({
    run: async (feeds) => {
      const started = performance.now();
      const outputs = await session.run(feeds);
      times.run.push(performance.now() - started);
      for (const tensor of Object.values(outputs)) {
        if (tensor.location !== 'gpu-buffer') throw new Error(`an output is on ${tensor.location}`);
        alive.add(tensor);
        const dispose = tensor.dispose.bind(tensor);
        tensor.dispose = () => {
          alive.delete(tensor);
          dispose();
        };
      }
      return outputs;
    },
    read: async (outputs) => {
      const started = performance.now();
      const copies: Record<string, Tensor> = {};
      for (const [name, output] of Object.entries(outputs)) copies[name] = (await copying.run({ [COPY.from]: output }))[COPY.to]!;
      times.read.push(performance.now() - started);
      return copies;
    },
    group: 4,
    groupBytes: 1 << 28,
  });
  const feeds = BATCHES.map((batch) => feedsOf(encoder, batch));
  const expected: Float32Array[] = [];
  for (const each of feeds) expected.push(...numbers(await plain.run(each)));
  times.run.length = 0;
  const read = await Promise.all(feeds.map((each) => batches.run(each)));
  for (const each of [plain, session, copying]) await each.release();
  return {
    pooled: different(expected, read.flatMap(numbers)),
    alive: alive.size,
    run: times.run.toSorted((a, b) => a - b)[times.run.length >> 1]!,
    read: Math.max(...times.read),
  };
}

/** Runs all at once, and one after the other. */
async function bothWays(session: EncoderSession, runs: readonly (() => Promise<Float32Array[]>)[]): Promise<number> {
  try {
    const atOnce = await Promise.all(runs.map((run) => run()));
    const inTurn: Float32Array[] = [];
    for (const run of runs) inTurn.push(...(await run()));
    return different(atOnce.flat(), inTurn);
  } finally {
    await session.close();
  }
}

async function grouped(folder: string, device: Encoder['device']): Promise<Grouped> {
  const encoder = await openEncoder({ name: path.basename(folder), folder, onnx: undefined, revision: '', device });
  const layers = Array.from({ length: encoder.depth + 1 }, (_, layer) => layer);
  const specs: VectorSpec[] = [
    { token: 'mean', layers: [encoder.depth], combine: 'one' },
    { token: 'max', layers: [1], combine: 'one' },
    { token: 'cls', layers, combine: 'mean' },
  ];
  const states = await pooledStates(encoder);
  const texts = await EncoderSession.open({ encoder, specs, threads: 1 });
  const words = await EncoderSession.openWords({
    encoder,
    specs: [{ word: 'first', layers: [encoder.depth], combine: 'one' }],
    threads: 1,
  });
  const [ofTexts, ofWords] = await Promise.all([
    bothWays(
      texts,
      BATCHES.map(
        ([count, length]) =>
          () =>
            texts.run({ ids: idsOf(count, length), count, length }),
      ),
    ),
    bothWays(
      words,
      BATCHES.map(([count, length]) => () => {
        const spans = Int32Array.from({ length: 2 * count }, (_, at) => (at >> 1) * length + (at % 2));
        return words.runWords({ ids: idsOf(count, length), count, length, spans });
      }),
    ),
  ]);
  return { folder, ...states, texts: ofTexts, words: ofWords };
}

const [device, ...folders] = process.argv.slice(2) as [Encoder['device'], ...string[]];
for (const folder of folders) console.log(JSON.stringify(await grouped(folder, device)));
