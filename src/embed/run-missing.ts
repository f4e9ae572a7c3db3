import type { HarnessError } from '../errors.ts';
import { inputText, isPair } from '../encoders/encoder-input.ts';
import { pairEncoder } from '../encoders/pair-encoder.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { firstFailure } from '../first-failure.ts';
import { batches, batchesAhead, tokenBudgetOf, type Batch } from './batches.ts';
import type { EmbedParams, EmbedProgress } from './embed-params.ts';
import { brokenNumber, brokenVector } from './finite.ts';
import { openRunner } from './open-runner.ts';
import { batchOf, tokenise, type TokenWindow } from './token-windows.ts';
import { ConcurrentTasks } from './concurrent-tasks.ts';
import type { VectorFile } from './vector-file.ts';
import { specName, type VectorSpec } from './vectors.ts';

/** Maximum number of earlier texts that are checked after finding an invalid vector, to report the first one: texts run longest first. */
const TRIED = 32;

export interface RunParams extends EmbedParams {
  readonly hashes: readonly string[];
  /** Rows of texts to encode. */
  readonly missing: readonly number[];
  /** A file for each spec. */
  readonly files: readonly VectorFile[];
  readonly unique: number;
}

/** Encodes the texts and pairs missing from the store, and stores their vectors. Returns the number of tokens encoded. */
export async function runMissing(params: RunParams): Promise<number> {
  const { encoder, texts, missing, unique } = params;
  const pairs = missing.filter((row) => isPair(texts[row]!));
  const single = pairs.length === 0 ? missing : missing.filter((row) => !isPair(texts[row]!));
  // Unsupported pairs are rejected before anything runs.
  const ofPairs = pairs.length === 0 ? undefined : await pairEncoder(encoder);
  const before = { done: unique - missing.length, tokens: 0 };
  if (single.length > 0) before.tokens = await runAlike({ ...params, missing: single }, before);
  before.done += single.length;
  return ofPairs === undefined ? before.tokens : runAlike({ ...params, encoder: ofPairs, missing: pairs }, before);
}

/** The same for only texts, or only pairs. `before`: progress so far. Returns the number of tokens encoded so far. */
async function runAlike(params: RunParams, before: Pick<EmbedProgress, 'done' | 'tokens'>): Promise<number> {
  const {
    encoder,
    texts,
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
  const words = specs.some(({ token }) => token === 'word-mean');
  const opening = openRunner({ encoder, specs, threads, skip: skippedTokens(encoder), signal });
  // Tokenising continues while the runtime loads the encoder, and, window by window, while it runs.
  let next = ahead(0);
  const runner = await opening;
  let { done, tokens } = before;
  const underWay = new ConcurrentTasks(batchesAhead(encoder));
  /** The first text whose vector contains NaN or infinity. */
  const broken: { first?: Broken } = {};
  await firstFailure(async () => {
    for (let from = 0; from < missing.length && broken.first === undefined;) {
      const window = await next;
      from = window.to;
      if (from < missing.length) next = ahead(from);
      for (const batch of batches({
        lengths: window.ids.map(({ length }) => length),
        tokenBudget,
        maxTexts: encoder.needsSingleTextBatches ? 1 : undefined,
      })) {
        if (broken.first !== undefined) break;
        await underWay.start(() => {
          signal?.throwIfAborted();
          return runBatch(batch, window);
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
  function ahead(from: number): Promise<TokenWindow> {
    const window = tokenise({ encoder, texts, rows: missing, from, words });
    window.catch(() => undefined);
    return window;
  }

  async function runBatch({ rows, length }: Batch, window: TokenWindow): Promise<void> {
    const vectors = await runner.run(batchOf(window, { rows, length }));
    for (const [i, row] of rows.entries()) {
      const hash = hashes[window.rows[row]!]!;
      const found = lookedAt(vectors, { i, count: rows.length, row: window.rows[row]! });
      if (found !== undefined) {
        if (broken.first === undefined || found.row < broken.first.row) broken.first = found;
        continue;
      }
      for (const [s, file] of files.entries()) {
        // Another vector of this text was missing: stored ones are not stored twice.
        if (file.has(hash)) continue;
        const width = vectors[s]!.length / rows.length;
        await file.put(hash, vectors[s]!.subarray(i * width, (i + 1) * width), window.totals[row]!);
      }
    }
    runner.giveBack(vectors);
    tokens += rows.length * length;
    done += rows.length;
    onProgress?.({ done, total: unique, tokens });
  }

  /** The first vector of text i of a batch that contains NaN or infinity. */
  function lookedAt(vectors: readonly Float32Array[], { i, count, row }: { i: number; count: number; row: number }): Broken | undefined {
    for (const [s, spec] of specs.entries()) {
      const width = vectors[s]!.length / count;
      const value = brokenNumber(vectors[s]!.subarray(i * width, (i + 1) * width));
      if (value !== undefined) return { row, spec, value };
    }
    return undefined;
  }

  /** Texts run longest first: earlier ones are checked, as far as that takes no time. */
  async function firstBroken(found: Broken): Promise<HarnessError> {
    let first = found;
    for (const row of missing.filter((each) => each < found.row).slice(0, TRIED)) {
      const alone = await tokenise({ encoder, texts, rows: [row], from: 0, words });
      const vectors = await runner.run(batchOf(alone, { rows: [0], length: alone.ids[0]!.length }));
      first = lookedAt(vectors, { i: 0, count: 1, row }) ?? first;
      if (first !== found) break;
    }
    return brokenVector({ encoder, text: inputText(texts[first.row]!), row: first.row, spec: specName(first.spec), value: first.value });
  }
}

interface Broken {
  /** Index in `texts`. */
  readonly row: number;
  readonly spec: VectorSpec;
  readonly value: number;
}
