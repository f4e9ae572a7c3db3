import { inputText, isPair, type EncoderInput } from '../encoders/encoder-input.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { pairEncoder } from '../encoders/pair-encoder.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { batches, batchesAhead, tokenBudgetOf, type TokenBudget } from './batches.ts';
import { cutVectors } from './cut.ts';
import { brokenNumber, brokenVector } from './finite.ts';
import { openRunner } from './open-runner.ts';
import type { Runner } from './runner.ts';
import { batchOf, tokenise, type TokenWindow } from './token-windows.ts';
import { specName, type PooledVector } from './vectors.ts';

export interface TextRunnerParams {
  readonly encoder: Encoder;
  readonly vector: PooledVector;
  readonly threads: number;
  readonly tokenBudget?: TokenBudget | undefined;
  /** Aborts a run after the batches in progress: throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Vectors of texts or pairs, without duplicates. */
export interface RunTexts {
  /** [distinct texts, width] */
  readonly vectors: Matrix;
  /** [texts] row of each. */
  readonly rows: Int32Array;
  /** [distinct texts] Whether it was truncated. */
  readonly truncated: Uint8Array;
}

/**
 * Vectors of texts that are not stored, by windows of texts. Texts run in batches of equal length, like those that are stored, so that a
 * vector is bit-identical whatever else is in its window.
 */
export class TextRunner {
  readonly #encoder: Encoder;
  readonly #vector: PooledVector;
  readonly #runner: Runner;
  readonly #threads: number;
  /** With the graph for pairs; opened with the first pair. */
  #pairs: Promise<Runner> | undefined;
  readonly #tokenBudget: TokenBudget;
  readonly #words: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #running = new Set<Promise<unknown>>();
  /** Resolves when all batches of the windows so far have started. */
  #begun: Promise<void> = Promise.resolve();

  private constructor({ encoder, vector, threads, tokenBudget = tokenBudgetOf(encoder), signal }: TextRunnerParams, runner: Runner) {
    this.#encoder = encoder;
    this.#vector = vector;
    this.#runner = runner;
    this.#threads = threads;
    this.#tokenBudget = tokenBudget;
    this.#signal = signal;
    this.#words = vector.spec.token === 'word-mean';
  }

  /** Throws GRAPH if the runtime rejects the encoder. */
  static async open(params: TextRunnerParams): Promise<TextRunner> {
    const { encoder, vector, threads, signal } = params;
    return new TextRunner(params, await openRunner({ encoder, specs: [vector.spec], threads, skip: skippedTokens(encoder), signal }));
  }

  /**
   * Encodes texts. May be called again before it has finished: the next texts are tokenised in the meantime, and their batches start after
   * the last of these. `before`: number of earlier texts, for messages. Throws DATA for a vector that contains NaN or infinity, OPTION for
   * pairs with a static encoder, TOKENIZER if the tokenizer does not support pairs.
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
    // A failed window must not block later ones: each reports its own error.
    this.#begun = begun.catch(() => undefined);
    await begun;
    await Promise.all(running);
    const { width, data = new Float32Array(0), truncated } = target;
    const vectors = { rows: different.length, cols: width, data };
    return { vectors: cutVectors(vectors, { ...this.#vector, encoder: this.#encoder.name }), rows, truncated };
  }

  /** Waits for batches in progress. */
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
    const [threads, signal] = [this.#threads, this.#signal];
    return openRunner({ encoder, specs: [this.#vector.spec], threads, skip: skippedTokens(encoder), signal });
  }

  async #tokenise(texts: readonly EncoderInput[]): Promise<TokenWindow[]> {
    const windows: TokenWindow[] = [];
    for (const pairs of [false, true]) {
      const rows = [...texts.keys()].filter((row) => isPair(texts[row]!) === pairs);
      // The encoder's error about pairs takes precedence over the tokenizer's.
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
        while (this.#running.size >= batchesAhead(this.#encoder)) await Promise.race(this.#running);
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
  /** [distinct texts] the first of the equal texts. */
  readonly first: readonly number[];
  readonly before: number;
  data: Float32Array<ArrayBuffer> | undefined;
  readonly truncated: Uint8Array;
  width: number;
  /** A batch has failed: no other is started. */
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
