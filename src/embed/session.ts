import { toBinary } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { ModelProtoSchema } from '../graph/onnx_pb.ts';
import { addPoolings } from '../graph/poolings.ts';
import { runtimeThread } from '../graph/runtime-thread.ts';
import { watch, type Watched } from '../thread.ts';
import type { VectorSpec } from './vectors.ts';

export interface OpenMessage {
  readonly kind: 'open';
  readonly id: number;
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

export interface RunMessage {
  readonly kind: 'run';
  readonly id: number;
  /** [count, length] */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly count: number;
  readonly length: number;
  readonly words?: readonly Int32Array[] | undefined;
  /** Results of earlier batches that are done with: room for those to come. */
  readonly spent: readonly ArrayBuffer[];
}

export type Question = OpenMessage | RunMessage;
export interface Answer {
  readonly id: number;
  readonly result?: Float32Array[];
  readonly error?: string;
}

export interface SessionParams {
  readonly encoder: Encoder;
  readonly specs: readonly VectorSpec[];
  readonly threads: number;
}

/** An encoder running in a thread of its own, its graph edited to give the vectors of `specs`. */
export class EncoderSession {
  readonly #worker = runtimeThread(new URL('./worker.js', import.meta.url));
  readonly #pending = new Map<number, { resolve: (result: Float32Array[]) => void; reject: (error: Error) => void }>();
  readonly #watched: Watched;
  readonly #name: string;
  readonly #spent: ArrayBuffer[] = [];
  #next = 0;

  private constructor(name: string) {
    this.#name = name;
    this.#worker.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) waiting?.resolve(result!);
      else waiting?.reject(this.#complaint(error));
    });
    this.#watched = watch(this.#worker, (why) => {
      for (const { reject } of this.#pending.values()) reject(this.#complaint(why));
      this.#pending.clear();
    });
  }

  /** Throws GRAPH where the runtime refuses the encoder. */
  static async open({ encoder, specs, threads }: SessionParams): Promise<EncoderSession> {
    const session = new EncoderSession(encoder.name);
    // All states up to the deepest are pooled, whichever are asked for: the runtime then fuses the same operators, and
    // a vector is the same to the last bit whatever else a run wants.
    const depth = Math.max(...specs.flatMap(({ layers }) => layers));
    const edited = addPoolings({
      proto: encoder.model.proto,
      states: encoder.states.slice(0, depth + 1),
      max: specs.some(({ token }) => token === 'max'),
    });
    const model = toBinary(ModelProtoSchema, edited);
    try {
      // Handed over, not copied: with weights in 8 bits it holds all of them.
      await session.#ask(
        { kind: 'open', model, folder: encoder.model.folder, threads, inputs: encoder.inputs, positions: encoder.positions, specs, depth },
        [model.buffer],
      );
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Vectors of a batch, for each spec [count, its width]; to be given back. `ids` [count, length] is taken over. */
  run(batch: Omit<RunMessage, 'kind' | 'id' | 'spent'>): Promise<Float32Array[]> {
    const spent = this.#spent.splice(0);
    return this.#ask({ kind: 'run', ...batch, spent }, [batch.ids.buffer, ...spent]);
  }

  /** Takes results back that are done with. As garbage they would lie about by the dozens of megabytes before anybody collects them. */
  giveBack(vectors: readonly Float32Array[]): void {
    this.#spent.push(...vectors.map(({ buffer }) => buffer as ArrayBuffer));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(question: Omit<OpenMessage, 'id'> | Omit<RunMessage, 'id'>, transfer: ArrayBuffer[] = []): Promise<Float32Array[]> {
    if (this.#watched.ended !== undefined) return Promise.reject(this.#complaint(this.#watched.ended));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...question, id }, transfer);
    });
  }

  #complaint(why: string): HarnessError {
    return new HarnessError('GRAPH', { where: this.#name, what: `The encoder does not run: ${why}.`, mend: 'Check that its ONNX file is whole, or try another number type.' });
  }
}
