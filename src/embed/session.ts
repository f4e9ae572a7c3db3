import { HarnessError, option } from '../errors.ts';
import { withoutSource, type Device } from '../devices/device.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { copyGraph } from '../graph/copy-graph.ts';
import { fitToDevice, keepsTensors, providersOf } from '../graph/device-graph.ts';
import { modelBytes } from '../graph/model-bytes.ts';
import type { ModelProto } from '../graph/onnx_pb.ts';
import { addPoolings, type PooledRows } from '../graph/poolings.ts';
import { addWordPoolings } from '../graph/word-poolings.ts';
import { Thread } from '../threads/thread.ts';
import { pooledRows } from './pooled-rows.ts';
import { tokensOf, type VectorSpec } from './vectors.ts';
import type { TextBatch } from './run-params.ts';
import type { EncoderCalls } from './worker.ts';
import { wordPlan, type WordPlan } from './word-plan.ts';
import type { WordBatch, WordRunner } from './word-runner.ts';
import type { WordSpec } from './word-specs.ts';

export interface SessionParams {
  readonly encoder: Encoder;
  readonly specs: readonly VectorSpec[];
  readonly threads: number;
  /** Number of leading tokens of every text excluded from pooling: those of a prompt that is not pooled. */
  readonly skip?: number | undefined;
  /** Aborts batches that are queued for a card, and not begun: `run` throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WordSessionParams extends Pick<SessionParams, 'encoder' | 'threads' | 'signal'> {
  readonly specs: readonly WordSpec[];
}

/** Description of an edited graph for the thread. */
interface Edited {
  readonly edited: ModelProto;
  readonly specs: readonly VectorSpec[];
  readonly rows: PooledRows | undefined;
  readonly skip: number;
  readonly words?: WordPlan | undefined;
  /** Number of dimensions of each output, if they stay on a card. */
  readonly residentRank: number | undefined;
}

/** An encoder running in a separate thread, its graph edited to return the vectors of `specs`. */
export class EncoderSession implements WordRunner {
  readonly #thread: Thread<EncoderCalls>;
  readonly #spent: ArrayBuffer[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #drop = (): void => void this.#thread.call('drop', undefined).catch(() => undefined);

  private constructor({ name, device }: Encoder, signal: AbortSignal | undefined) {
    const failed = (why: string) => failure(name, device, why);
    this.#thread = new Thread({ file: new URL('./worker.js', import.meta.url), failed, shared: device !== 'cpu' });
    if (!keepsTensors(device)) return;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#drop);
  }

  /** Throws GRAPH if the runtime rejects the encoder. */
  static async open({ encoder, specs, threads, skip = 0, signal }: SessionParams): Promise<EncoderSession> {
    // All states up to the deepest are pooled, whichever are requested: the runtime then fuses the same operators, and a vector is
    // bit-identical whatever else a run requests.
    const depth = Math.max(...specs.flatMap(({ layers }) => layers));
    const stays = keepsTensors(encoder.device);
    // What is on the CPU need not be copied once more.
    const rows = stays ? pooledRows(specs) : undefined;
    const edited = addPoolings({
      proto: encoder.model.proto,
      states: encoder.states.slice(0, depth + 1),
      max: specs.some((spec) => tokensOf(spec).includes('max')),
      skip,
      rows,
    });
    return EncoderSession.#start({ encoder, threads, signal }, { edited, specs, rows, skip, residentRank: stays ? 3 : undefined });
  }

  /** A session for vectors of words. Throws GRAPH if the runtime rejects the encoder. */
  static async openWords({ encoder, specs, threads, signal }: WordSessionParams): Promise<EncoderSession> {
    const words = wordPlan(specs);
    const { depth, states, picks, sums } = words;
    const edited = addWordPoolings({
      proto: encoder.model.proto,
      states: encoder.states.slice(0, depth + 1),
      wanted: states,
      picks: picks.length > 0,
      sums,
    });
    // Sums, in float64, are computed on the CPU in any case.
    const residentRank = keepsTensors(encoder.device) && !sums ? 2 : undefined;
    return EncoderSession.#start({ encoder, threads, signal }, { edited, specs: [], rows: undefined, skip: 0, words, residentRank });
  }

  static async #start(
    { encoder, threads, signal }: Pick<SessionParams, 'encoder' | 'threads' | 'signal'>,
    plan: Edited,
  ): Promise<EncoderSession> {
    const { edited, residentRank, ...more } = plan;
    const session = new EncoderSession(encoder, signal);
    fitToDevice(edited, encoder.device);
    const providers = providersOf(encoder.device, edited);
    const model = modelBytes(edited);
    const names = edited.graph!.output.map(({ name }) => name);
    const resident = residentRank === undefined ? undefined : { names, copy: modelBytes(copyGraph(residentRank)) };
    try {
      // Transferred, not copied: with 8-bit weights it contains all of them.
      const {
        model: { folder },
        inputs,
        positions,
      } = encoder;
      await session.#thread.call(
        'open',
        { model, folder, threads, providers, inputs, positions, resident, ...more },
        { transfer: [model.buffer] },
      );
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Vectors of a batch, for each spec [count, its width]; must be returned with `giveBack`. `ids` [count, length] is transferred. */
  run(batch: TextBatch): Promise<Float32Array[]> {
    const spent = this.#spent.splice(0);
    return this.#unlessAborted(this.#thread.call('run', { ...batch, spent }, { transfer: [batch.ids.buffer, ...spent] }));
  }

  runWords(batch: WordBatch): Promise<Float32Array[]> {
    const spent = this.#spent.splice(0);
    const transfer = [batch.ids.buffer, batch.spans.buffer, ...spent];
    return this.#unlessAborted(this.#thread.call('runWords', { ...batch, spent }, { transfer }));
  }

  async #unlessAborted(vectors: Promise<Float32Array[]>): Promise<Float32Array[]> {
    try {
      return await vectors;
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw error;
    }
  }

  /** Returns result buffers for reuse: otherwise dozens of megabytes would wait for garbage collection. */
  giveBack(vectors: readonly Float32Array[]): void {
    this.#spent.push(...vectors.map(({ buffer }) => buffer as ArrayBuffer));
  }

  close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#drop);
    return this.#thread.close();
  }
}

function failure(name: string, device: Device, why: string): HarnessError {
  const mend = 'Check that its ONNX file is complete, or try another weight precision.';
  return new HarnessError('GRAPH', {
    where: name,
    what: `The encoder does not run${device === 'cpu' ? '' : ` on ${device}`}: ${device === 'cpu' ? why : withoutSource(why)}.`,
    hint: device === 'cpu' ? mend : `${option('device')} cpu runs every encoder.`,
  });
}
