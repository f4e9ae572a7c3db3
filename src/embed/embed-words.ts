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

/** Vectors of words: row i is that of word i of all sentences in their order, whether it has a vector or not. */
export interface EmbeddedWords {
  /**
   * Vectors [words, width] of a spec; of `rows` (ascending, each once) alone [rows, width] where these are given: only they are read. Zeros
   * for a word that has none. In memory that threads share. Throws DATA for a vector that holds NaN or an infinity, SHAPE for rows that are
   * none.
   */
  load(spec: WordSpec, rows?: ArrayLike<number>): Promise<Matrix>;
  /** The same one by one, in no order: `take` has the vector of word i, or of rows[i], until it returns. */
  each(spec: WordSpec, take: (i: number, vector: Float32Array) => void, rows?: ArrayLike<number>): Promise<void>;
  /** Words, and so vectors. */
  readonly rows: number;
  /** Numbers in a vector of a spec. */
  width(spec: WordSpec): number;
  /** [words] 1 where a word has no vector. */
  readonly lost: Uint8Array;
  /** Words without a sub-token, whatever the limit. */
  readonly withoutSubTokens: number;
  /** Words all of whose sub-tokens the limit cut away. */
  readonly beyondLimit: number;
  /** Sentences longer than the limit. */
  readonly cut: number;
  /** Different sentences; those without words do not count. */
  readonly unique: number;
  /** Different sentences that had to be run; the others were in the store. */
  readonly computed: number;
  /** Tokens run. */
  readonly tokens: number;
}

/**
 * Sees to it that the store has the vectors of the words of all sentences, running the encoder once over the sentences that it lacks,
 * whatever the number of vectors. Equal sentences are run once; progress counts different sentences. Nothing of the vectors is held in
 * memory. Throws DATA for a vector that holds NaN or an infinity, it is not stored; OPTION where no vector was asked for, or one of a layer
 * that there is not.
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

/** Sentences whose words' vectors the store lacks, each once: what `embedWords` would run. */
export async function missingSentences(params: LookUpParams): Promise<(readonly string[])[]> {
  const { missing } = await lookUp(params);
  return missing.map((at) => params.sentences[at]!);
}

interface Coverage {
  /** Of each sentence. */
  readonly hashes: readonly string[];
  readonly files: ReadonlyMap<string, WordFile>;
  /** Different sentences that have words. */
  readonly unique: number;
  /** Rows of different sentences that some file lacks. */
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

/** Name of a sentence in the store: unlike that of its words joined by anything, no other sentence has it. */
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

/** What says which word a row is. */
interface Place {
  readonly params: EmbedWordsParams;
  readonly hashes: readonly string[];
  /** [sentences + 1] Row of each one's first word. */
  readonly starts: Float64Array;
}

function wordStartsOf(sentences: readonly (readonly string[])[]): Float64Array {
  const starts = new Float64Array(sentences.length + 1);
  for (const [i, words] of sentences.entries()) starts[i + 1] = starts[i]! + words.length;
  return starts;
}

/** Runs of words as they stand in their sentences: all, or those of `rows`. */
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

/** The sentence of a word, none before `from`. */
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

/** Stored vectors are looked at too: a store may have been copied from another machine. */
function brokenRow({ params, starts }: Place, { row: place, spec, value }: { row: number; spec: WordSpec; value: number }): HarnessError {
  const sentence = sentenceOf(starts, place);
  const { encoder, sentences } = params;
  const word = place - starts[sentence]!;
  return brokenWord({ encoder, words: sentences[sentence]!, row: sentence, word, spec: wordSpecName(spec), value });
}
