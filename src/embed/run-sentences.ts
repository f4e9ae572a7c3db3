import type { HarnessError } from '../errors.ts';
import { firstFailure } from '../first-failure.ts';
import { batches, batchesAhead, tokenBudgetOf } from './batches.ts';
import type { EmbedWordsParams } from './embed-words-params.ts';
import { brokenNumber, brokenWord } from './finite.ts';
import { fittingWords } from './fitting-words.ts';
import { openWordRunner } from './open-runner.ts';
import { ConcurrentTasks } from './concurrent-tasks.ts';
import type { WordFile } from './word-file.ts';
import { wordSpecName, type WordSpec } from './word-specs.ts';
import { wordBatch, wordsKept } from './word-batch.ts';
import { sentenceTokens, tokeniseSentences, type WordWindow } from './word-windows.ts';

/**
 * Maximum number of earlier sentences that are checked after finding an invalid vector, to report the first one: sentences run longest
 * first.
 */
const TRIED = 32;

export interface RunSentencesParams extends EmbedWordsParams {
  readonly hashes: readonly string[];
  /** Rows of sentences to encode. */
  readonly missing: readonly number[];
  /** A file for each spec. */
  readonly files: readonly WordFile[];
  /** Number of distinct sentences. */
  readonly unique: number;
}

/** Encodes the sentences missing from the store, and stores the vectors of their words. Returns the number of tokens encoded. */
export async function runSentences(params: RunSentencesParams): Promise<number> {
  const {
    encoder,
    sentences,
    specs,
    threads,
    tokenBudget = tokenBudgetOf(encoder),
    onProgress,
    signal,
    hashes,
    missing,
    files,
    unique,
  } = params;
  const opening = openWordRunner({ encoder, specs, threads, signal });
  // Tokenising continues while the runtime loads the encoder, and, window by window, while it runs.
  let next = ahead(0);
  const runner = await opening;
  const fitting = fittingWords(runner);
  let tokens = 0;
  let done = unique - missing.length;
  const underWay = new ConcurrentTasks(batchesAhead(encoder));
  /** The first word whose vector contains NaN or infinity. */
  const broken: { first?: Broken } = {};
  await firstFailure(async () => {
    for (let from = 0; from < missing.length && broken.first === undefined;) {
      const window = await next;
      from = window.to;
      if (from < missing.length) next = ahead(from);
      const lengths = window.tokens.map(({ ids }) => ids.length);
      for (const { rows } of batches({ lengths, tokenBudget, maxTexts: encoder.needsSingleTextBatches ? 1 : undefined })) {
        if (broken.first !== undefined) break;
        await underWay.start(() => {
          signal?.throwIfAborted();
          return runBatch(rows, window);
        });
      }
    }
    await underWay.all();
    if (broken.first !== undefined) throw await firstBroken(broken.first);
  }, [
    // Results of batches in progress are kept too.
    () => underWay.settled(),
    () => runner.close(),
    // Computed vectors are kept, whatever ended the run.
    ...files.map((file) => () => file.flush()),
  ]);
  return tokens;

  /** Tokenises a window in the background. An error is thrown when the window is awaited, which may be much later. */
  function ahead(from: number): Promise<WordWindow> {
    const window = tokeniseSentences({ encoder, sentences, rows: missing, from });
    window.catch(() => undefined);
    return window;
  }

  async function runBatch(rows: readonly number[], window: WordWindow): Promise<void> {
    const ofBatch = rows.map((row) => window.tokens[row]!);
    const { length, spans } = wordBatch(ofBatch);
    const words = spans.length / 2;
    const vectors = await fitting.run(ofBatch);
    let from = 0;
    for (const [i, { total, lost }] of ofBatch.entries()) {
      const row = window.rows[rows[i]!]!;
      const to = from + wordsKept(lost);
      const found = lookedAt(vectors, { from, to, words, row, lost });
      if (found !== undefined) {
        if (broken.first === undefined || found.row < broken.first.row) broken.first = found;
      } else {
        const hash = hashes[row]!;
        for (const [s, file] of files.entries()) {
          // Another vector of this sentence was missing: stored ones are not stored twice.
          if (file.has(hash)) continue;
          const width = vectors[s]!.length / words;
          await file.put({ hash, tokens: total, lost, vectors: vectors[s]!.subarray(from * width, to * width) }, width);
        }
      }
      from = to;
    }
    runner.giveBack(vectors);
    tokens += rows.length * length;
    done += rows.length;
    onProgress?.({ done, total: unique, tokens });
  }

  /** The first vector of a sentence that contains NaN or infinity: its words are `from` to `to` of the batch's `words`. */
  function lookedAt(
    vectors: readonly Float32Array[],
    { from, to, words, row, lost }: { from: number; to: number; words: number; row: number; lost: Uint8Array },
  ): Broken | undefined {
    for (const [s, spec] of specs.entries()) {
      const width = vectors[s]!.length / words;
      // Usually all are finite, which one check over all shows.
      if (brokenNumber(vectors[s]!.subarray(from * width, to * width)) === undefined) continue;
      const places = [...lost.keys()].filter((word) => lost[word] === 0);
      for (const [i, word] of places.entries()) {
        const value = brokenNumber(vectors[s]!.subarray((from + i) * width, (from + i + 1) * width));
        if (value !== undefined) return { row, word, spec, value };
      }
    }
    return undefined;
  }

  /** Sentences run longest first: earlier ones are checked, as far as that takes no time. */
  async function firstBroken(found: Broken): Promise<HarnessError> {
    let first = found;
    for (const row of missing.filter((each) => each < found.row).slice(0, TRIED)) {
      const alone = sentenceTokens(encoder, sentences[row]!);
      const batch = wordBatch([alone]);
      const words = batch.spans.length / 2;
      first = lookedAt(await runner.runWords(batch), { from: 0, to: wordsKept(alone.lost), words, row, lost: alone.lost }) ?? first;
      if (first !== found) break;
    }
    const { row, word, spec, value } = first;
    return brokenWord({ encoder, words: sentences[row]!, row, word, spec: wordSpecName(spec), value });
  }
}

interface Broken {
  /** Index in `sentences`. */
  readonly row: number;
  /** Index in the sentence. */
  readonly word: number;
  readonly spec: WordSpec;
  readonly value: number;
}
