import { inputText, isPair, type EncoderInput } from '../encoders/encoder-input.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { pairEncoder } from '../encoders/pair-encoder.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { batches, TOKEN_BUDGET } from './batches.ts';
import { cutVectors } from './cut.ts';
import { brokenNumber, brokenVector } from './finite.ts';
import { openRunner } from './open-runner.ts';
import type { Runner } from './runner.ts';
import { batchOf, tokenise, type TokenWindow } from './token-windows.ts';
import { specName, type PooledVector } from './vectors.ts';

/** Batches that wait in the encoder's thread, so that it never waits for this one. */
const AHEAD = 3;

export interface TextRunnerParams {
  readonly encoder: Encoder;
  readonly vector: PooledVector;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  /** Ends a run after the batches that are under way: the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Vectors of some texts or pairs, equal ones once. */
export interface RunTexts {
  /** [different texts, width] */
  readonly vectors: Matrix;
  /** [texts] row of each. */
  readonly rows: Int32Array;
  /** [different texts] Whether it was longer than the limit. */
  readonly truncated: Uint8Array;
}

/**
 * Vectors of texts that are not kept: windows of texts come in, and their vectors go out. Each runs in batches of texts of equal length, as
 * those that are stored do, so that a vector is the same to the last bit whatever else is in its window.
 */
export class TextRunner {
  readonly #encoder: Encoder;
  readonly #vector: PooledVector;
  readonly #runner: Runner;
  readonly #threads: number;
  /** With the graph that reads pairs, from the first pair on. */
  #pairs: Promise<Runner> | undefined;
  readonly #tokenBudget: number;
  readonly #words: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #running = new Set<Promise<unknown>>();
  /** Ends when all batches of the windows so far have been begun. */
  #begun: Promise<void> = Promise.resolve();

  private constructor({ encoder, vector, threads, tokenBudget = TOKEN_BUDGET, signal }: TextRunnerParams, runner: Runner) {
    this.#encoder = encoder;
    this.#vector = vector;
    this.#runner = runner;
    this.#threads = threads;
    this.#tokenBudget = tokenBudget;
    this.#signal = signal;
    this.#words = vector.spec.token === 'word-mean';
  }

  /** Throws GRAPH where the runtime refuses the encoder. */
  static async open(params: TextRunnerParams): Promise<TextRunner> {
    const { encoder, vector, threads } = params;
    return new TextRunner(params, await openRunner({ encoder, specs: [vector.spec], threads, skip: skippedTokens(encoder) }));
  }

  /**
   * Runs texts. The next ones may be given before these are done: they are tokenised meanwhile, and their batches begin behind the last of
   * these. `before`: texts that came before, for messages. Throws DATA for a vector that holds NaN or an infinity, OPTION for pairs of a
   * static encoder, TOKENIZER where the tokenizer makes no pairs.
   */
  async run(texts: readonly EncoderInput[], before = 0): Promise<RunTexts> {
    const { different, rows, first } = withoutCopies(texts);
    const windows = await this.#tokenise(different);
    const earlier = this.#begun;
    const running: Promise<void>[] = [];
    const target: Target = {
      different,
      first,
      before,
      data: undefined,
      truncated: new Uint8Array(different.length),
      width: 0,
      failed: false,
    };
    const begun = earlier.then(() => this.#begin(windows, target, running));
    // A window that fails does not keep those behind it from ending: each says itself what was wrong.
    this.#begun = begun.catch(() => undefined);
    await begun;
    await Promise.all(running);
    const { width, data = new Float32Array(0), truncated } = target;
    const vectors = { rows: different.length, cols: width, data };
    return { vectors: cutVectors(vectors, { ...this.#vector, encoder: this.#encoder.name }), rows, truncated };
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#runner.close();
    await (await this.#pairs?.catch(() => undefined))?.close();
  }

  #pairRunner(): Promise<Runner> {
    return (this.#pairs ??= this.#openPairs());
  }

  async #openPairs(): Promise<Runner> {
    const encoder = await pairEncoder(this.#encoder);
    return openRunner({ encoder, specs: [this.#vector.spec], threads: this.#threads, skip: skippedTokens(encoder) });
  }

  async #tokenise(texts: readonly EncoderInput[]): Promise<TokenWindow[]> {
    const windows: TokenWindow[] = [];
    for (const pairs of [false, true]) {
      const rows = [...texts.keys()].filter((row) => isPair(texts[row]!) === pairs);
      // An encoder that reads no pairs says so before their tokens do.
      if (pairs && rows.length > 0) await this.#pairRunner();
      for (let from = 0; from < rows.length; from = windows.at(-1)!.to) {
        windows.push(await tokenise({ encoder: this.#encoder, texts, rows, from, words: this.#words }));
      }
    }
    return windows;
  }

  async #begin(windows: readonly TokenWindow[], target: Target, running: Promise<void>[]): Promise<void> {
    for (const window of windows) {
      for (const [i, row] of window.rows.entries()) target.truncated[row] = Number(window.totals[i]! > this.#encoder.maxLength);
      const lengths = window.ids.map(({ length }) => length);
      const maxTexts = this.#encoder.needsSingleTextBatches ? 1 : undefined;
      for (const batch of batches({ lengths, tokenBudget: this.#tokenBudget, maxTexts })) {
        while (this.#running.size >= AHEAD) await Promise.race(this.#running);
        if (target.failed) return;
        this.#signal?.throwIfAborted();
        const run = this.#runBatch(batch.rows, batch.length, window, target);
        running.push(run);
        const settled: Promise<unknown> = run.catch(() => (target.failed = true)).finally(() => this.#running.delete(settled));
        this.#running.add(settled);
      }
    }
  }

  async #runBatch(rows: readonly number[], length: number, window: TokenWindow, target: Target): Promise<void> {
    const runner = isPair(target.different[window.rows[0]!]!) ? await this.#pairRunner() : this.#runner;
    const [vectors] = (await runner.run(batchOf(window, { rows, length }))) as [Float32Array];
    const width = vectors.length / rows.length;
    target.width = width;
    target.data ??= new Float32Array(target.different.length * width);
    for (const [i, row] of rows.entries()) {
      const vector = vectors.subarray(i * width, (i + 1) * width);
      const value = brokenNumber(vector);
      const place = window.rows[row]!;
      if (value !== undefined) {
        const spec = specName(this.#vector.spec);
        throw brokenVector({
          encoder: this.#encoder,
          text: inputText(target.different[place]!),
          row: target.before + target.first[place]!,
          spec,
          value,
        });
      }
      target.data.set(vector, place * width);
    }
    runner.giveBack([vectors]);
  }
}

interface Target {
  readonly different: readonly EncoderInput[];
  /** [different texts] the first of the texts that is equal. */
  readonly first: readonly number[];
  readonly before: number;
  data: Float32Array<ArrayBuffer> | undefined;
  readonly truncated: Uint8Array;
  width: number;
  /** A batch has failed: no other is begun. */
  failed: boolean;
}

interface Different {
  readonly different: EncoderInput[];
  readonly rows: Int32Array;
  readonly first: number[];
}

function withoutCopies(texts: readonly EncoderInput[]): Different {
  const ofTexts = new Map<string, number>();
  const ofPairs = new Map<string, number>();
  const first: number[] = [];
  const rows = new Int32Array(texts.length);
  for (const [i, text] of texts.entries()) {
    const [places, key] = isPair(text) ? [ofPairs, JSON.stringify([text.first, text.second])] : [ofTexts, text];
    let place = places.get(key);
    if (place === undefined) {
      place = first.push(i) - 1;
      places.set(key, place);
    }
    rows[i] = place;
  }
  return { different: first.map((i) => texts[i]!), rows, first };
}
