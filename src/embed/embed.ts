import { setImmediate } from 'node:timers/promises';
import { GRAPH_EDIT_VERSION } from '../graph/poolings.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { wordStarts } from '../encoders/words.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { batches, TOKEN_BUDGET, type Batch } from './batches.ts';
import { EncoderSession } from './session.ts';
import { textHash, type VectorFile, type VectorKey, type VectorStore } from './store.ts';
import { specName, type VectorSpec } from './vectors.ts';

/** Texts, and tokens, that are tokenised before they are sorted into batches: what memory holds of a corpus, besides its texts. */
const WINDOW_TEXTS = 8192;
const WINDOW_TOKENS = 1 << 20;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;
/** Batches that wait in the encoder's thread, so that it never waits for this one. */
const AHEAD = 3;

export interface EmbedParams {
  readonly encoder: Encoder;
  readonly texts: readonly string[];
  readonly specs: readonly VectorSpec[];
  readonly store: VectorStore;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
  /** Ends the run after the batches that are under way; what was computed is kept. The signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface EmbedProgress {
  /** Different texts that have their vectors. */
  readonly done: number;
  readonly total: number;
  /** Tokens run so far. */
  readonly tokens: number;
}

export interface Embedded {
  /** Vectors [texts, width] of a spec, row i that of texts[i]. */
  load(spec: VectorSpec): Promise<Matrix>;
  /** Numbers in a vector of a spec. */
  width(spec: VectorSpec): number;
  /** Texts longer than the limit. */
  readonly cut: number;
  /** Different texts. */
  readonly unique: number;
  /** Different texts that had to be run; the others were in the store. */
  readonly computed: number;
  /** Tokens run. */
  readonly tokens: number;
}

/**
 * Sees to it that the store has the vectors of all texts, running the encoder once over those that it lacks, whatever
 * the number of vectors. Equal texts are run once.
 */
export async function embed(params: EmbedParams): Promise<Embedded> {
  const { maxLength } = params.encoder;
  const { hashes, files, unique, missing } = await lookUp(params);
  const all = [...files.values()];
  params.onProgress?.({ done: unique - missing.length, total: unique, tokens: 0 });
  const tokens = missing.length === 0 ? 0 : await run({ ...params, hashes, missing, files: all, unique });

  const lengths = all[0];
  const cut = hashes.reduce((count, hash) => count + ((lengths?.tokens(hash) ?? 0) > maxLength ? 1 : 0), 0);
  return {
    load: (spec) => files.get(specName(spec))!.load(hashes),
    width: (spec) => files.get(specName(spec))!.width,
    cut,
    unique,
    computed: missing.length,
    tokens,
  };
}

type LookUpParams = Pick<EmbedParams, 'encoder' | 'texts' | 'specs' | 'store'>;

/** Texts whose vectors the store lacks, each once: what `embed` would run. */
export async function missingTexts(params: LookUpParams): Promise<string[]> {
  const { missing } = await lookUp(params);
  return missing.map((row) => params.texts[row]!);
}

interface Found {
  /** Of each text. */
  readonly hashes: readonly string[];
  readonly files: ReadonlyMap<string, VectorFile>;
  /** Different texts. */
  readonly unique: number;
  /** Rows of different texts that some file lacks. */
  readonly missing: readonly number[];
}

async function lookUp({ encoder, texts, specs, store }: LookUpParams): Promise<Found> {
  const key = vectorKey(encoder);
  const hashes = texts.map(textHash);
  const files = new Map<string, VectorFile>();
  for (const spec of specs) files.set(specName(spec), await store.open(key, specName(spec)));
  const first = new Map<string, number>();
  for (const [i, hash] of hashes.entries()) if (!first.has(hash)) first.set(hash, i);
  const all = [...files.values()];
  const missing = [...first].filter(([hash]) => all.some((file) => !file.has(hash))).map(([, i]) => i);
  return { hashes, files, unique: first.size, missing };
}

/** All that makes a vector of this encoder, besides text and pooling. */
export function vectorKey(encoder: Encoder): VectorKey {
  return { file: encoder.fileHash, tokenizer: encoder.tokenizer.hash, graphEdit: GRAPH_EDIT_VERSION, maxLength: encoder.maxLength, dtype: 'f32' };
}

interface RunParams extends EmbedParams {
  readonly hashes: readonly string[];
  /** Rows of texts to run. */
  readonly missing: readonly number[];
  /** A file for each spec. */
  readonly files: readonly VectorFile[];
  readonly unique: number;
}

/** Returns the tokens run. */
async function run({ encoder, texts, specs, threads, tokenBudget = TOKEN_BUDGET, onProgress, signal, hashes, missing, files, unique }: RunParams): Promise<number> {
  const words = specs.some(({ token }) => token === 'word-mean');
  const opening = EncoderSession.open({ encoder, specs, threads });
  // Tokenising goes on while the runtime loads the encoder, and, window by window, while it runs.
  let next = tokenise({ encoder, texts, rows: missing, from: 0, words });
  const session = await opening;
  let tokens = 0;
  let done = unique - missing.length;
  const running = new Set<Promise<void>>();
  try {
    for (let from = 0; from < missing.length; ) {
      const window = await next;
      from = window.to;
      if (from < missing.length) {
        next = tokenise({ encoder, texts, rows: missing, from, words });
        next.catch(() => {}); // reported where it is awaited
      }
      for (const batch of batches({ lengths: window.ids.map(({ length }) => length), tokenBudget, maxTexts: encoder.alone ? 1 : undefined })) {
        while (running.size >= AHEAD) await Promise.race(running);
        signal?.throwIfAborted();
        const task = runBatch(batch, window).finally(() => running.delete(task));
        running.add(task);
      }
    }
    await Promise.all(running);
  } finally {
    // A thread that is ended amid a batch takes the process with it; the first failure is the one reported.
    await Promise.allSettled(running);
    await session.close();
    // What was computed is kept, whatever ended the run.
    await Promise.all(files.map((file) => file.flush()));
  }
  return tokens;

  async function runBatch({ rows, length }: Batch, window: Window): Promise<void> {
    const ids = new Int32Array(rows.length * length);
    for (const [i, row] of rows.entries()) ids.set(window.ids[row]!, i * length);
    const vectors = await session.run({ ids, count: rows.length, length, words: words ? rows.map((row) => window.words[row]!) : undefined });
    for (const [i, row] of rows.entries()) {
      const hash = hashes[window.rows[row]!]!;
      for (const [s, file] of files.entries()) {
        // Another vector of this text was missing: what is stored is not stored twice.
        if (file.has(hash)) continue;
        const width = vectors[s]!.length / rows.length;
        await file.put(hash, vectors[s]!.subarray(i * width, (i + 1) * width), window.totals[row]!);
      }
    }
    session.giveBack(vectors);
    tokens += rows.length * length;
    done += rows.length;
    onProgress?.({ done, total: unique, tokens });
  }
}

interface Window {
  /** Rows of `texts`. */
  readonly rows: number[];
  readonly ids: Int32Array[];
  /** Tokens before the cut. */
  readonly totals: number[];
  /** Positions of words' first sub-tokens, where they were asked for. */
  readonly words: Int32Array[];
  /** Where the next window begins. */
  readonly to: number;
}

interface TokeniseParams {
  readonly encoder: Encoder;
  readonly texts: readonly string[];
  readonly rows: readonly number[];
  readonly from: number;
  readonly words: boolean;
}

/** Tokenises the next window of texts, letting other work run in between. */
async function tokenise({ encoder: { tokenizer, maxLength }, texts, rows, from, words }: TokeniseParams): Promise<Window> {
  const window = { rows: [] as number[], ids: [] as Int32Array[], totals: [] as number[], words: [] as Int32Array[] };
  let tokens = 0;
  let to = from;
  for (; to < rows.length && window.rows.length < WINDOW_TEXTS && tokens < WINDOW_TOKENS; to++) {
    const row = rows[to]!;
    const text = texts[row]!;
    const { ids, total } = tokenizer.encode(text, maxLength);
    window.rows.push(row);
    window.ids.push(ids);
    window.totals.push(total);
    if (words) {
      const last = ids.length - (tokenizer.specials - tokenizer.leading);
      // Of a text that loses its first tokens, the words that begin behind them are left.
      const lost = tokenizer.truncation === 'left' ? total - ids.length : 0;
      window.words.push(wordStarts(text, tokenizer, maxLength + lost).filter((start) => start >= lost).map((start) => start - lost + tokenizer.leading).filter((start) => start < last));
    }
    tokens += ids.length;
    if (window.rows.length % SLICE_TEXTS === 0) await setImmediate();
  }
  return { ...window, to };
}
