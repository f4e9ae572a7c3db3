import { HarnessError } from '../errors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { modelBytes } from '../graph/model-bytes.ts';
import type { ModelProto } from '../graph/onnx_pb.ts';
import { addPoolings } from '../graph/poolings.ts';
import { addWordPoolings } from '../graph/word-poolings.ts';
import { Thread } from '../threads/thread.ts';
import { tokensOf, type VectorSpec } from './vectors.ts';
import type { EncoderCalls, RunParams } from './worker.ts';
import { wordPlan, type WordPlan } from './word-plan.ts';
import type { WordBatch, WordRunner } from './word-runner.ts';
import type { WordSpec } from './word-specs.ts';

export interface SessionParams {
  readonly encoder: Encoder;
  readonly specs: readonly VectorSpec[];
  readonly threads: number;
  /** Leading tokens of every text that no pooling looks at: those of a prompt that is not pooled. */
  readonly skip?: number | undefined;
}

export interface WordSessionParams extends Pick<SessionParams, 'encoder' | 'threads'> {
  readonly specs: readonly WordSpec[];
}

/** What the thread is told of an edited graph. */
interface Edited {
  readonly edited: ModelProto;
  readonly specs: readonly VectorSpec[];
  readonly depth: number;
  readonly skip: number;
  readonly words?: WordPlan | undefined;
}

/** An encoder running in a thread of its own, its graph edited to give the vectors of `specs`. */
export class EncoderSession implements WordRunner {
  readonly #thread: Thread<EncoderCalls>;
  readonly #spent: ArrayBuffer[] = [];

  private constructor(name: string) {
    this.#thread = new Thread({ file: new URL('./worker.js', import.meta.url), failed: (why) => failed(name, why) });
  }

  /** Throws GRAPH where the runtime refuses the encoder. */
  static async open({ encoder, specs, threads, skip = 0 }: SessionParams): Promise<EncoderSession> {
    // All states up to the deepest are pooled, whichever are asked for: the runtime then fuses the same operators, and
    // a vector is the same to the last bit whatever else a run wants.
    const depth = Math.max(...specs.flatMap(({ layers }) => layers));
    const edited = addPoolings({
      proto: encoder.model.proto,
      states: encoder.states.slice(0, depth + 1),
      max: specs.some((spec) => tokensOf(spec).includes('max')),
      skip,
    });
    return EncoderSession.#start({ encoder, threads }, { edited, specs, depth, skip });
  }

  /** One that gives vectors of words. Throws GRAPH where the runtime refuses the encoder. */
  static async openWords({ encoder, specs, threads }: WordSessionParams): Promise<EncoderSession> {
    const words = wordPlan(specs);
    const { depth, states, picks, sums } = words;
    const edited = addWordPoolings({
      proto: encoder.model.proto,
      states: encoder.states.slice(0, depth + 1),
      wanted: states,
      picks: picks.length > 0,
      sums,
    });
    return EncoderSession.#start({ encoder, threads }, { edited, specs: [], depth, skip: 0, words });
  }

  static async #start({ encoder, threads }: Pick<SessionParams, 'encoder' | 'threads'>, plan: Edited): Promise<EncoderSession> {
    const { edited, ...more } = plan;
    const session = new EncoderSession(encoder.name);
    const model = modelBytes(edited);
    try {
      // Handed over, not copied: with weights in 8 bits it holds all of them.
      const {
        model: { folder },
        inputs,
        positions,
      } = encoder;
      await session.#thread.call('open', { model, folder, threads, inputs, positions, ...more }, { transfer: [model.buffer] });
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Vectors of a batch, for each spec [count, its width]; to be given back. `ids` [count, length] is taken over. */
  run(batch: Omit<RunParams, 'spent'>): Promise<Float32Array[]> {
    const spent = this.#spent.splice(0);
    return this.#thread.call('run', { ...batch, spent }, { transfer: [batch.ids.buffer, ...spent] });
  }

  runWords(batch: WordBatch): Promise<Float32Array[]> {
    const spent = this.#spent.splice(0);
    return this.#thread.call('runWords', { ...batch, spent }, { transfer: [batch.ids.buffer, batch.spans.buffer, ...spent] });
  }

  /** Takes results back that are done with. As garbage they would lie about by the dozens of megabytes before anybody collects them. */
  giveBack(vectors: readonly Float32Array[]): void {
    this.#spent.push(...vectors.map(({ buffer }) => buffer as ArrayBuffer));
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

function failed(name: string, why: string): HarnessError {
  return new HarnessError('GRAPH', {
    where: name,
    what: `The encoder does not run: ${why}.`,
    hint: 'Check that its ONNX file is complete, or try another weight precision.',
  });
}
