import type { Encoder } from '../encoders/encoder.ts';
import type { WordTokens } from '../encoders/word-tokens.ts';
import { firstFailure } from '../first-failure.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { batches, batchesAhead, tokenBudgetOf } from './batches.ts';
import { brokenNumber, brokenWord } from './finite.ts';
import { fittingWords, type FittingWords } from './fitting-words.ts';
import { openWordRunner } from './open-runner.ts';
import { ConcurrentTasks } from './concurrent-tasks.ts';
import { wordBatch, wordsKept } from './word-batch.ts';
import type { WordRunner } from './word-runner.ts';
import { wordSpecName, type WordSpec } from './word-specs.ts';
import { sentenceTokens, tokeniseSentences, type WordWindow } from './word-windows.ts';

export interface SentenceRunnerParams {
  readonly encoder: Encoder;
  readonly spec: WordSpec;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  /** Aborts a run after the batches in progress: throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Sentences that ran in one batch. */
export interface RunBatch {
  /** Indices of the sentences. */
  readonly rows: readonly number[];
  /** Number of words with a vector, for each sentence. */
  readonly words: readonly number[];
  /** [words of these sentences that have a vector, width] in order; reused after `take`. */
  readonly vectors: Matrix;
}

export interface RunSentencesOptions {
  /** Number of earlier sentences, for messages. */
  readonly before?: number | undefined;
  /** Index of a sentence in its input, for messages. Default: its row. */
  readonly placeOf?: ((row: number) => number) | undefined;
  /** Receives vectors by batch, in any order; not called for sentences without word vectors. */
  readonly take: (batch: RunBatch) => Promise<void> | void;
}

/** Result for a sentence's words. */
export interface RunSentence {
  /** [words] WORD_LOSS of each. */
  readonly lost: Uint8Array;
  /** Whether it was truncated. */
  readonly truncated: boolean;
}

/**
 * Word vectors of sentences that are not stored. Sentences run in batches of equal token length, like those that are stored, so that a
 * vector is bit-identical whatever else is run.
 */
export class SentenceRunner {
  readonly #params: SentenceRunnerParams;
  readonly #runner: WordRunner;
  readonly #fitting: FittingWords;
  readonly #runs = new Set<Promise<unknown>>();

  private constructor(params: SentenceRunnerParams, runner: WordRunner) {
    this.#params = params;
    this.#runner = runner;
    this.#fitting = fittingWords(runner);
  }

  /** Throws GRAPH if the runtime rejects the encoder. */
  static async open(params: SentenceRunnerParams): Promise<SentenceRunner> {
    const { encoder, spec, threads, signal } = params;
    return new SentenceRunner(params, await openWordRunner({ encoder, specs: [spec], threads, signal }));
  }

  /** Dimensions of a vector, by encoding a sentence. */
  async width(): Promise<number> {
    const batch = wordBatch([sentenceTokens(this.#params.encoder, [''])]);
    const words = batch.spans.length / 2;
    const [vectors] = (await this.#runner.runWords(batch)) as [Float32Array];
    return vectors.length / words;
  }

  /**
   * Encodes sentences. May be called again before it has finished. Returns the result for each sentence. Throws DATA for a vector that
   * contains NaN or infinity, TOKENIZER for a token without an embedding, and what `take` throws.
   */
  run(sentences: readonly (readonly string[])[], options: RunSentencesOptions): Promise<RunSentence[]> {
    const run = this.#run(sentences, options);
    const settled: Promise<unknown> = run.catch(() => undefined).finally(() => this.#runs.delete(settled));
    this.#runs.add(settled);
    return run;
  }

  /** Waits for batches in progress. */
  async close(): Promise<void> {
    await Promise.all(this.#runs);
    await this.#runner.close();
  }

  async #run(
    sentences: readonly (readonly string[])[],
    { before = 0, placeOf = (row) => row, take }: RunSentencesOptions,
  ): Promise<RunSentence[]> {
    const { encoder, tokenBudget = tokenBudgetOf(encoder), signal } = this.#params;
    const all: RunSentence[] = [];
    const rows = [...sentences.keys()];
    const underWay = new ConcurrentTasks(batchesAhead(encoder));
    return firstFailure(async () => {
      for (let from = 0; from < rows.length; from = all.length) {
        const window = await tokeniseSentences({ encoder, sentences, rows, from });
        for (const { lost, total } of window.tokens) all.push({ lost, truncated: total > encoder.maxLength });
        const places = [...window.tokens.keys()].filter((place) => wordsKept(window.tokens[place]!.lost) > 0);
        const lengths = places.map((place) => window.tokens[place]!.ids.length);
        for (const batch of batches({ lengths, tokenBudget, maxTexts: encoder.needsSingleTextBatches ? 1 : undefined })) {
          await underWay.start(() => {
            signal?.throwIfAborted();
            return this.#runBatch(
              batch.rows.map((i) => places[i]!),
              { window, sentences, place: (row) => before + placeOf(row), take },
            );
          });
        }
      }
      await underWay.all();
      return all;
    }, [() => underWay.settled()]);
  }

  /** `places`: indices in the window. */
  async #runBatch(places: readonly number[], { window, sentences, place, take }: Run): Promise<void> {
    const tokens = places.map((each) => window.tokens[each]!);
    // Sentences without words do not run.
    const count = tokens.reduce((sum, { lost }) => sum + wordsKept(lost), 0);
    const [data] = (await this.#fitting.run(tokens)) as [Float32Array<ArrayBuffer>];
    const vectors = { rows: count, cols: data.length / count, data };
    const rows = places.map((each) => window.rows[each]!);
    this.#check(vectors, { rows, tokens, sentences, place });
    await take({ rows, words: tokens.map(({ lost }) => wordsKept(lost)), vectors });
    this.#runner.giveBack([data]);
  }

  #check({ data, cols }: Matrix, { rows, tokens, sentences, place }: Checked): void {
    // Usually all are finite, which one check over all shows.
    if (brokenNumber(data) === undefined) return;
    const { encoder, spec } = this.#params;
    let at = 0;
    for (const [i, { lost }] of tokens.entries()) {
      for (const [word, reason] of lost.entries()) {
        if (reason !== 0) continue;
        const value = brokenNumber(data.subarray(at * cols, ++at * cols));
        const words = sentences[rows[i]!]!;
        if (value !== undefined) throw brokenWord({ encoder, words, row: place(rows[i]!), word, spec: wordSpecName(spec), value });
      }
    }
  }
}

interface Run extends Pick<RunSentencesOptions, 'take'> {
  readonly window: WordWindow;
  readonly sentences: readonly (readonly string[])[];
  /** Index of a sentence, for messages. */
  readonly place: (row: number) => number;
}

interface Checked extends Pick<Run, 'sentences' | 'place'> {
  readonly rows: readonly number[];
  readonly tokens: readonly WordTokens[];
}
