import { HarnessError, option } from '../errors.ts';
import { WORD_LOSS } from '../encoders/word-tokens.ts';
import { row, type Matrix } from '../numeric/matrix.ts';
import { sharedMatrix } from '../numeric/shared.ts';
import { collectGarbage, LARGE } from './collect-garbage.ts';
import type { EmbedWordsParams } from './embed-words-params.ts';
import { brokenNumber, brokenWord } from './finite.ts';
import { runSentences } from './run-sentences.ts';
import { textHash, vectorKey } from './vector-key.ts';
import type { WantedWords, WordFile } from './word-file.ts';
import { wordSpecName, type WordSpec } from './word-specs.ts';

/** Vectors of words: row i belongs to word i over all sentences in order, whether it has a vector or not. */
export interface EmbeddedWords {
  /**
   * Vectors [words, width] of a spec; with `rows` (ascending, without duplicates) only [rows, width]: only these are read. Zeros for a word
   * without a vector. In memory that threads share. Throws DATA for a vector that contains NaN or infinity, SHAPE for invalid rows.
   */
  load(spec: WordSpec, rows?: ArrayLike<number>): Promise<Matrix>;
  /** The same one at a time, in any order: `take` has the vector of word i, or of rows[i], until it returns. */
  each(spec: WordSpec, take: (i: number, vector: Float32Array) => void, rows?: ArrayLike<number>): Promise<void>;
  /** Number of words, and so of vectors. */
  readonly rows: number;
  /** Dimensions of a vector of a spec. */
  width(spec: WordSpec): number;
  /** [words] 1 if a word has no vector. */
  readonly lost: Uint8Array;
  /** Number of words without a sub-token, regardless of the length limit. */
  readonly withoutSubTokens: number;
  /** Number of words whose sub-tokens are all beyond the length limit. */
  readonly beyondLimit: number;
  /** Number of truncated sentences. */
  readonly cut: number;
  /** Number of distinct sentences; those without words do not count. */
  readonly unique: number;
  /** Number of distinct sentences that were encoded; the others were in the store. */
  readonly computed: number;
  /** Tokens encoded. */
  readonly tokens: number;
}

/**
 * Ensures that the store has the vectors of the words of all sentences: runs the encoder once over the missing sentences, for any number of
 * specs. Duplicates are encoded once; progress counts distinct sentences. No vectors are held in memory. Throws DATA for a vector that
 * contains NaN or infinity, which is not stored; OPTION if no vector is requested, or one of a layer that does not exist.
 */
export async function embedWords(params: EmbedWordsParams): Promise<EmbeddedWords> {
  const { sentences, specs } = params;
  checkSpecs(specs, params.encoder);
  const { hashes, files, unique, missing } = await lookUp(params);
  const all = [...files.values()];
  params.onProgress?.({ done: unique - missing.length, total: unique, tokens: 0 });
  const tokens = missing.length === 0 ? 0 : await runSentences({ ...params, hashes, missing, files: all, unique });

  const starts = wordStartsOf(sentences);
  const words = starts.at(-1)!;
  const place: Place = { params, hashes, starts };
  const fileOf = (spec: WordSpec): WordFile => files.get(wordSpecName(spec))!;
  const each: EmbeddedWords['each'] = (spec, take, rows) => {
    if (rows !== undefined) checkRows(rows, words);
    return fileOf(spec).each(wantedWords(place, rows), (i, vector) => {
      const value = brokenNumber(vector);
      if (value !== undefined) throw brokenRow(place, { row: rows?.[i] ?? i, spec, value });
      take(i, vector);
    });
  };
  return {
    load: async (spec, rows) => {
      const width = fileOf(spec).width;
      const count = rows?.length ?? words;
      if (count * width > LARGE) collectGarbage();
      const result = sharedMatrix(count, width);
      await each(spec, (i, vector) => row(result, i).set(vector), rows);
      return result;
    },
    each,
    rows: words,
    width: (spec) => fileOf(spec).width,
    ...losses(place, all[0]!),
    unique,
    computed: missing.length,
    tokens,
  };
}

type LookUpParams = Pick<EmbedWordsParams, 'encoder' | 'sentences' | 'specs' | 'store'>;

/** Distinct sentences whose word vectors are missing from the store: those that `embedWords` would encode. */
export async function missingSentences(params: LookUpParams): Promise<(readonly string[])[]> {
  const { missing } = await lookUp(params);
  return missing.map((at) => params.sentences[at]!);
}

interface Coverage {
  /** One per sentence. */
  readonly hashes: readonly string[];
  readonly files: ReadonlyMap<string, WordFile>;
  /** Number of distinct sentences that have words. */
  readonly unique: number;
  /** Rows of distinct sentences missing from some file. */
  readonly missing: readonly number[];
}

async function lookUp({ encoder, sentences, specs, store }: LookUpParams): Promise<Coverage> {
  const key = vectorKey(encoder);
  const hashes = sentences.map(sentenceHash);
  const files = new Map<string, WordFile>();
  for (const spec of specs) files.set(wordSpecName(spec), await store.openWords(key, wordSpecName(spec)));
  const all = [...files.values()];
  const first = new Map<string, number>();
  for (const [i, hash] of hashes.entries()) if (sentences[i]!.length > 0 && !first.has(hash)) first.set(hash, i);
  const missing = [...first].filter(([hash]) => all.some((file) => !file.has(hash))).map(([, i]) => i);
  return { hashes, files, unique: first.size, missing };
}

/** Key of a sentence in the store, unambiguous: unlike a hash of its joined words, no other sentence has it. */
export function sentenceHash(words: readonly string[]): string {
  return textHash(JSON.stringify(words));
}

function checkSpecs(specs: readonly WordSpec[], { name, depth }: EmbedWordsParams['encoder']): void {
  const layers = specs.flatMap((spec) => (spec.layers.length === 0 ? [-1] : spec.layers));
  if (specs.length > 0 && layers.every((layer) => Number.isInteger(layer) && layer >= 0 && layer <= depth)) return;
  const wrong = layers.find((layer) => layer !== -1 && !(Number.isInteger(layer) && layer >= 0 && layer <= depth));
  throw new HarnessError('OPTION', {
    where: option('layers'),
    what: wrong === undefined ? 'No word vectors were requested.' : `${name} has no layer ${wrong}.`,
    hint: `It has layers 0 (embeddings) to ${depth}.`,
  });
}

/** Locates the word of a row. */
interface Place {
  readonly params: EmbedWordsParams;
  readonly hashes: readonly string[];
  /** [sentences + 1] Row of each sentence's first word. */
  readonly starts: Float64Array;
}

function wordStartsOf(sentences: readonly (readonly string[])[]): Float64Array {
  const starts = new Float64Array(sentences.length + 1);
  for (const [i, words] of sentences.entries()) starts[i + 1] = starts[i]! + words.length;
  return starts;
}

/** Runs of consecutive words of a sentence: all, or those of `rows`. */
function* wantedWords({ hashes, starts }: Place, rows: ArrayLike<number> | undefined): Generator<WantedWords> {
  if (rows === undefined) {
    for (const [i, hash] of hashes.entries()) {
      const count = starts[i + 1]! - starts[i]!;
      if (count > 0) yield { hash, from: 0, count, to: starts[i]! };
    }
    return;
  }
  for (let i = 0, sentence = 0; i < rows.length;) {
    sentence = sentenceOf(starts, rows[i]!, sentence);
    let next = i + 1;
    while (next < rows.length && rows[next] === rows[next - 1]! + 1 && rows[next]! < starts[sentence + 1]!) next++;
    yield { hash: hashes[sentence]!, from: rows[i]! - starts[sentence]!, count: next - i, to: i };
    i = next;
  }
}

/** The sentence of a word, not before `from`. */
function sentenceOf(starts: Float64Array, word: number, from = 0): number {
  let [low, high] = [from, starts.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle + 1]! > word) high = middle;
    else low = middle + 1;
  }
  return low;
}

function checkRows(rows: ArrayLike<number>, words: number): void {
  for (let i = 0; i < rows.length; i++) {
    const word = rows[i]!;
    if (Number.isInteger(word) && word < words && word > (i === 0 ? -1 : rows[i - 1]!)) continue;
    throw new HarnessError('SHAPE', { what: `Row ${word} of words is not a row from 0 to ${words - 1} behind those before it.` });
  }
}

type Losses = Pick<EmbeddedWords, 'lost' | 'withoutSubTokens' | 'beyondLimit' | 'cut'>;

function losses({ params, hashes, starts }: Place, file: WordFile): Losses {
  const lost = new Uint8Array(starts.at(-1)!);
  let [withoutSubTokens, beyondLimit, cut] = [0, 0, 0];
  for (const [i, hash] of hashes.entries()) {
    if (params.sentences[i]!.length === 0) continue;
    if (file.tokens(hash) > params.encoder.maxLength) cut++;
    for (const [word, reason] of file.lost(hash).entries()) {
      if (reason === WORD_LOSS.kept) continue;
      lost[starts[i]! + word] = 1;
      if (reason === WORD_LOSS.noSubToken) withoutSubTokens++;
      else beyondLimit++;
    }
  }
  return { lost, withoutSubTokens, beyondLimit, cut };
}

/** Stored vectors are checked too: a store may have been copied from another machine. */
function brokenRow({ params, starts }: Place, { row: place, spec, value }: { row: number; spec: WordSpec; value: number }): HarnessError {
  const sentence = sentenceOf(starts, place);
  const { encoder, sentences } = params;
  const word = place - starts[sentence]!;
  return brokenWord({ encoder, words: sentences[sentence]!, row: sentence, word, spec: wordSpecName(spec), value });
}
