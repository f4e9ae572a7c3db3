import { setImmediate } from 'node:timers/promises';
import { GRAPH_EDIT_VERSION } from '../graph/poolings.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { checkIds } from '../encoders/token-rows.ts';
import { wordStarts } from '../encoders/words.ts';
import { firstFailure } from '../first-failure.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { batches, TOKEN_BUDGET, type Batch } from './batches.ts';
import { brokenNumber, brokenVector } from './finite.ts';
import type { HarnessError } from '../errors.ts';
import { EncoderSession } from './session.ts';
import { textHash, type VectorFile, type VectorKey, type VectorStore } from './store.ts';
import { UnderWay } from './under-way.ts';
import { specName, type VectorSpec } from './vectors.ts';

/** Texts, and tokens, that are tokenised before they are sorted into batches: what memory holds of a corpus, besides its texts. */
const WINDOW_TEXTS = 8192;
const WINDOW_TOKENS = 1 << 20;
/** Texts tokenised before other work may run. */
const SLICE_TEXTS = 64;
/** Batches that wait in the encoder's thread, so that it never waits for this one. */
const AHEAD = 3;
/** Texts before the first that was found to have no vector that are tried, to name the very first: they run longest first. */
const TRIED = 32;

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
 * the number of vectors. Equal texts are run once. Throws DATA for a vector that holds NaN or an infinity; it is not stored.
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
    load: async (spec) => checked(await files.get(specName(spec))!.load(hashes), spec, params),
    width: (spec) => files.get(specName(spec))!.width,
    cut,
    unique,
    computed: missing.length,
    tokens,
  };
}

/** What was stored is looked at again: a store may come from elsewhere. */
function checked(vectors: Matrix, spec: VectorSpec, { encoder, texts }: EmbedParams): Matrix {
  if (brokenNumber(vectors.data) === undefined) return vectors;
  const at = vectors.data.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(at / vectors.cols);
  throw brokenVector({ encoder, text: texts[row]!, row, spec: specName(spec), value: vectors.data[at]! });
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
  let next = ahead(0);
  const session = await opening;
  let tokens = 0;
  let done = unique - missing.length;
  const underWay = new UnderWay(AHEAD);
  /** The first text whose vector holds no numbers. */
  const broken: { first?: Broken } = {};
  await firstFailure(async () => {
    for (let from = 0; from < missing.length && broken.first === undefined; ) {
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
    // What batches that are under way give is kept too.
    () => underWay.settled(),
    () => session.close(),
    // What was computed is kept, whatever ended the run.
    ...files.map((file) => () => file.flush()),
  ]);
  return tokens;

  /** A window that is tokenised while other work goes on: where it fails is said where it is awaited, which may be much later. */
  function ahead(from: number): Promise<Window> {
    const window = tokenise({ encoder, texts, rows: missing, from, words });
    window.catch(() => undefined);
    return window;
  }

  async function runBatch({ rows, length }: Batch, window: Window): Promise<void> {
    const ids = new Int32Array(rows.length * length);
    for (const [i, row] of rows.entries()) ids.set(window.ids[row]!, i * length);
    const vectors = await session.run({ ids, count: rows.length, length, words: words ? rows.map((row) => window.words[row]!) : undefined });
    for (const [i, row] of rows.entries()) {
      const hash = hashes[window.rows[row]!]!;
      const found = lookedAt(vectors, { i, count: rows.length, row: window.rows[row]! });
      if (found !== undefined) {
        if (broken.first === undefined || found.row < broken.first.row) broken.first = found;
        continue;
      }
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

  /** The first vector of text i of a batch that holds something else than numbers. */
  function lookedAt(vectors: readonly Float32Array[], { i, count, row }: { i: number; count: number; row: number }): Broken | undefined {
    for (const [s, spec] of specs.entries()) {
      const width = vectors[s]!.length / count;
      const value = brokenNumber(vectors[s]!.subarray(i * width, (i + 1) * width));
      if (value !== undefined) return { row, spec, value };
    }
    return undefined;
  }

  /** Texts run longest first: those before the one found are tried, as far as that takes no time. */
  async function firstBroken(found: Broken): Promise<HarnessError> {
    let first = found;
    for (const row of missing.filter((each) => each < found.row).slice(0, TRIED)) {
      const { ids, total } = encoder.tokenizer.encode(texts[row]!, encoder.maxLength);
      const alone = words ? [wordPlaces(texts[row]!, encoder, { ids, total })] : undefined;
      const vectors = await session.run({ ids: Int32Array.from(ids), count: 1, length: ids.length, words: alone });
      first = lookedAt(vectors, { i: 0, count: 1, row }) ?? first;
      if (first !== found) break;
    }
    return brokenVector({ encoder, text: texts[first.row]!, row: first.row, spec: specName(first.spec), value: first.value });
  }
}

interface Broken {
  /** Of `texts`. */
  readonly row: number;
  readonly spec: VectorSpec;
  readonly value: number;
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
async function tokenise({ encoder, texts, rows, from, words }: TokeniseParams): Promise<Window> {
  const { tokenizer, maxLength } = encoder;
  const window = { rows: [] as number[], ids: [] as Int32Array[], totals: [] as number[], words: [] as Int32Array[] };
  let tokens = 0;
  let to = from;
  for (; to < rows.length && window.rows.length < WINDOW_TEXTS && tokens < WINDOW_TOKENS; to++) {
    const row = rows[to]!;
    const text = texts[row]!;
    const { ids, total } = tokenizer.encode(text, maxLength);
    checkIds(encoder, ids, text);
    window.rows.push(row);
    window.ids.push(ids);
    window.totals.push(total);
    if (words) window.words.push(wordPlaces(text, encoder, { ids, total }));
    tokens += ids.length;
    if (window.rows.length % SLICE_TEXTS === 0) await setImmediate();
  }
  return { ...window, to };
}

/** Positions of words' first sub-tokens among a text's `length` tokens. */
function wordPlaces(
  text: string,
  { tokenizer, maxLength }: Pick<Encoder, 'tokenizer' | 'maxLength'>,
  { ids, total }: { readonly ids: Int32Array; readonly total: number },
): Int32Array {
  const last = ids.length - (tokenizer.specials - tokenizer.leading);
  // Of a text that loses its first tokens, the words that begin behind them are left.
  const lost = tokenizer.truncation === 'left' ? total - ids.length : 0;
  return wordStarts(text, tokenizer, maxLength + lost)
    .filter((start) => start >= lost)
    .map((start) => start - lost + tokenizer.leading)
    .filter((start) => start < last);
}
