import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HarnessError, reason } from '../errors.ts';
import { asJsonNode, isJsonNode, type JsonNode } from './tokenizers/json-node.ts';
import type { Pieces } from './tokenizers/pieces.ts';
import { longestFirst } from './tokenizers/longest-first.ts';
import { Pipeline } from './tokenizers/pipeline.ts';
import type { PairSurroundings } from './tokenizers/post-processor.ts';
import { joinWords, type WordTokens } from './word-tokens.ts';

/** Increased when texts get other ids from the same files: stored vectors are then not used. */
const TOKENIZER_VERSION = 2;

/** Maximum length of a reason in a message: that of a regular expression quotes the whole expression. */
const REASON_SHOWN = 300;

/** Test texts for a tokenizer: common words, and characters that are in no vocabulary. */
const TRIALS: readonly string[] = ['a', 'What is it? 12 é 我 😂 \u0378'];

export interface Tokens {
  /** Ids with the special tokens of a single text, truncated at the limit. */
  readonly ids: Int32Array;
  /** Number of tokens of the whole text, special tokens included; larger than ids.length if truncated. */
  readonly total: number;
}

/** The position of a text among the tokens of a pair. */
export interface PairedText {
  /** Index of its first token. */
  readonly at: number;
  readonly kept: number;
  /** Number of tokens removed, on the tokenizer's truncation side. */
  readonly lost: number;
}

export interface PairTokens extends Tokens {
  /** Type of each token, from the post-processor: usually 0 and 1. */
  readonly types: Int32Array;
  readonly texts: readonly [first: PairedText, second: PairedText];
}

interface ReadOptions {
  /** The padding token, if other files name one. */
  readonly padToken?: string | undefined;
  /** Hint for an unusable file. */
  readonly hint?: string | undefined;
  /** Settings for a tokenizer.json in other files. */
  readonly beside?: ((json: JsonNode) => FolderTokenizer) | undefined;
}

/** A tokenizer according to all files of its folder. */
export interface FolderTokenizer {
  /** The complete tokenizer.json. */
  readonly json: JsonNode;
  /** What other files change, in words; '' if that does not affect any ids. */
  readonly changes: string;
  /** Truncation side. */
  readonly truncation: 'left' | 'right';
  /** Special tokens spelled out in a text are ordinary words. */
  readonly splitSpecials: boolean;
  /** Id of a token that is removed from texts: the unknown one, for model2vec. */
  readonly dropped?: number | undefined;
  /** Maximum characters per token of the limit, to which texts are truncated before tokenising; undefined: none. */
  readonly charactersAToken?: number | undefined;
}

/**
 * A checkpoint's tokenizer, in the form of a tokenizer.json. Its own padding and truncation settings are ignored: a text is truncated only
 * at the requested limit, by removing its last tokens (or its first, if configured) and keeping the special ones, and is never padded.
 */
export class TextTokenizer {
  /** sha256, in hex, of what determines the ids: the tokenizer.json, changes by other files, and the version of the code that reads it. */
  readonly hash: string;
  /** The padding token, if the files name one or the vocabulary has a common one. */
  readonly padToken: string | undefined;
  /** Truncation side. */
  readonly truncation: 'left' | 'right';
  readonly #where: string;
  readonly #pipeline: Pipeline;
  readonly #prefix: readonly number[];
  readonly #suffix: readonly number[];
  readonly #dropped: number | undefined;
  readonly #charactersAToken: number | undefined;

  private constructor({
    where,
    pipeline,
    hash,
    padToken,
    truncation,
    dropped,
    charactersAToken,
  }: {
    where: string;
    pipeline: Pipeline;
    hash: string;
    padToken: string | undefined;
    truncation: 'left' | 'right';
    dropped: number | undefined;
    charactersAToken: number | undefined;
  }) {
    this.#where = where;
    this.#dropped = dropped;
    this.#charactersAToken = charactersAToken;
    this.#pipeline = pipeline;
    this.hash = hash;
    this.padToken = padToken;
    this.truncation = truncation;
    ({ before: this.#prefix, after: this.#suffix } = pipeline.surroundings);
  }

  /** Throws TOKENIZER if the file is missing or not a supported tokenizer.json. */
  static async read(
    file: string,
    { padToken, beside, hint = 'An encoder needs its tokenizer.json in the folder of its ONNX file, or one above.' }: ReadOptions = {},
  ): Promise<TextTokenizer> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      throw new HarnessError(
        'TOKENIZER',
        { where: file, what: `The tokenizer cannot be read (${reason(error)}).`, hint },
        { cause: error },
      );
    }
    return TextTokenizer.parse(text, { where: file, padToken, hint, beside });
  }

  /** From the text of a tokenizer.json. Throws TOKENIZER if it is not supported, and what `beside` throws. */
  static parse(text: string, { where, padToken, hint, beside = alone }: ReadOptions & { where: string }): TextTokenizer {
    try {
      const { json, changes, truncation, splitSpecials, dropped, charactersAToken } = beside(asJsonNode(JSON.parse(text), 'it'));
      const pipeline = new Pipeline(json, { splitSpecials });
      for (const trial of TRIALS) pipeline.words(trial);
      const hash = createHash('sha256').update(`tokenizer ${TOKENIZER_VERSION}\n`).update(text);
      if (changes !== '') hash.update(`\n${changes}`);
      return new TextTokenizer({
        where,
        pipeline,
        truncation,
        dropped,
        charactersAToken,
        hash: hash.digest('hex'),
        padToken: padToken ?? padTokenOf(json, pipeline),
      });
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      throw new HarnessError(
        'TOKENIZER',
        { where, what: `This tokenizer is not supported (${reason(error).slice(0, REASON_SHOWN)}).`, hint },
        { cause: error },
      );
    }
  }

  /** Id of the padding token; 0 without one, as padding is never used. */
  get padId(): number {
    return (this.padToken === undefined ? undefined : this.#pipeline.id(this.padToken)) ?? 0;
  }

  /** Number of special tokens around a text. */
  get specials(): number {
    return this.#prefix.length + this.#suffix.length;
  }

  /** Number of special tokens before a text. */
  get leading(): number {
    return this.#prefix.length;
  }

  /** What `encodeWords` puts before each word: a blank for byte-level vocabularies, usually '' for others. */
  get wordMark(): string {
    return this.#pipeline.mark;
  }

  /** Whether an id is that of a special token, which does not represent a part of a text. */
  isSpecial(id: number): boolean {
    return this.#suffix.includes(id) || this.#prefix.includes(id) || this.#pipeline.isSpecial(id);
  }

  /** Tokens of a text. `stay`: number of first tokens that are kept when truncating on the left. */
  encode(text: string, maxLength: number, stay = 0): Tokens {
    const start = this.#start(text, maxLength);
    const words = this.#pipeline.words(start);
    const length = countTokens(words);
    const kept = Math.min(length, Math.max(0, maxLength - this.specials));
    const ids = new Int32Array(kept + this.specials);
    ids.set(this.#prefix);
    this.#fill(ids, words, { at: this.#prefix.length, kept, lost: length - kept }, stay);
    ids.set(this.#suffix, this.#prefix.length + kept);
    // Truncation counts all tokens, as in model2vec, including those that are removed afterwards.
    const total = (start === text ? length : countTokens(this.#pipeline.words(text))) + this.specials;
    return { ids: this.#dropped === undefined ? ids : ids.filter((id) => id !== this.#dropped), total };
  }

  /**
   * Tokens of a text pair, with either possibly empty: with the special tokens and types of the post-processor's pair, truncated by
   * `longest_first` (see `longestFirst`), on the same side as single texts. `stay`: number of first tokens of the first text that are kept
   * when truncating on the left. Throws TOKENIZER if the tokenizer.json does not define pairs, and for a static encoder.
   */
  encodePair(first: string, second: string, maxLength: number, stay = 0): PairTokens {
    const { before, between, after, types } = this.#pairSurroundings;
    const words = [first, second].map((text) => this.#pipeline.words(text)) as [Pieces[], Pieces[]];
    const lengths = words.map(countTokens) as [number, number];
    const specials = before.length + between.length + after.length;
    const kept = longestFirst(lengths, Math.max(0, maxLength - specials));
    const at = [before.length, before.length + kept[0] + between.length] as const;
    const texts = kept.map((count, i) => ({ at: at[i]!, kept: count, lost: lengths[i]! - count })) as [PairedText, PairedText];
    const ids = new Int32Array(specials + kept[0] + kept[1]);
    const typeIds = new Int32Array(ids.length);
    for (const [i, text] of texts.entries()) {
      this.#fill(ids, words[i]!, text, i === 0 ? stay : 0);
      typeIds.fill(types[i]!, text.at, text.at + text.kept);
    }
    for (const [tokens, from] of [
      [before, 0],
      [between, before.length + kept[0]],
      [after, ids.length - after.length],
    ] as const) {
      for (const [i, { id, type }] of tokens.entries()) {
        ids[from + i] = id;
        typeIds[from + i] = type;
      }
    }
    return { ids, types: typeIds, total: specials + lengths[0] + lengths[1], texts };
  }

  get #pairSurroundings(): PairSurroundings {
    try {
      // A static encoder's tokens are an unordered bag: removing tokens, or truncating by characters, is undefined for a pair.
      if (this.#dropped !== undefined || this.#charactersAToken !== undefined) throw new Error('it is that of a static encoder');
      return this.#pipeline.pairSurroundings;
    } catch (error) {
      throw new HarnessError('TOKENIZER', {
        where: this.#where,
        what: `It cannot read two texts together (${reason(error).slice(0, REASON_SHOWN)}).`,
        hint: 'Encode the texts separately, or add a pair template to the post_processor of its tokenizer.json.',
      });
    }
  }

  /** Writes the tokens of a text that are kept; see `encode` for `stay`. */
  #fill(ids: Int32Array, words: readonly Pieces[], { at: from, kept, lost }: PairedText, stay: number): void {
    const skip = this.truncation === 'left' ? lost : 0;
    const first = skip === 0 ? 0 : Math.min(stay, kept);
    fill(ids, { words, from, end: from + first, skip: 0 });
    fill(ids, { words, from: from + first, end: from + kept, skip: first + skip });
  }

  /**
   * Tokens of a sentence split into words, each tokenised separately (see `Pipeline.given`), after those of `before`, which belong to no
   * word and are kept when truncating on the left. Truncation by characters of static encoders does not apply here.
   */
  encodeWords(words: readonly string[], maxLength: number, before = ''): WordTokens {
    return joinWords({
      before: this.#pipeline.words(before).flatMap(({ ids }) => ids),
      words: words.map((word) => this.#pipeline.given(word)),
      around: this.#pipeline.surroundings,
      maxLength,
      truncation: this.truncation,
      dropped: this.#dropped,
    });
  }

  /** The part of a text that is tokenised. */
  #start(text: string, maxLength: number): string {
    const characters = (this.#charactersAToken ?? Infinity) * maxLength;
    // A shorter string cannot have too many characters, however many of them are surrogate pairs.
    if (text.length <= characters || !Number.isFinite(characters)) return text;
    let end = 0;
    for (let i = 0; i < characters && end < text.length; i++) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
    return text.slice(0, end);
  }

  /** The token string of an id in a text; undefined if unknown. */
  tokenOf(id: number, text: string): string | undefined {
    const { ids, tokens } = this.body(text);
    return tokens[ids.indexOf(id)] ?? this.#pipeline.addedToken(id);
  }

  /** Ids and token strings of the text only, without special tokens and truncation. */
  body(text: string): Pieces {
    const words = this.#words(text);
    return { ids: words.flatMap(({ ids }) => ids), tokens: words.flatMap(({ tokens }) => tokens) };
  }

  #words(text: string): Pieces[] {
    const words = this.#pipeline.words(text);
    return this.#dropped === undefined ? words : words.map((word) => without(word, this.#dropped!));
  }
}

function countTokens(words: readonly Pieces[]): number {
  let count = 0;
  for (const { ids } of words) count += ids.length;
  return count;
}

function without(word: Pieces, dropped: number): Pieces {
  if (!word.ids.includes(dropped)) return word;
  const kept = word.ids.flatMap((id, i) => (id === dropped ? [] : [i]));
  return { ids: kept.map((i) => word.ids[i]!), tokens: kept.map((i) => word.tokens[i]!) };
}

interface FillParams {
  readonly words: readonly Pieces[];
  readonly from: number;
  readonly end: number;
  /** Number of tokens to skip first. */
  readonly skip: number;
}

function fill(out: Int32Array, { words, from, end, skip }: FillParams): void {
  let at = from - skip;
  for (const { ids } of words) {
    for (const id of ids) {
      if (at === end) return;
      if (at >= from) out[at] = id;
      at++;
    }
  }
}

/** A tokenizer.json without other files. */
export function alone(json: JsonNode): FolderTokenizer {
  return { json, changes: '', truncation: 'right', splitSpecials: false };
}

/** Common padding tokens, for a tokenizer.json without other files. */
const USUAL_PADS: readonly string[] = ['[PAD]', '<pad>'];

function padTokenOf(json: JsonNode, pipeline: Pipeline): string | undefined {
  const { padding } = json;
  const baked = isJsonNode(padding) ? padding['pad_token'] : undefined;
  return typeof baked === 'string' ? baked : USUAL_PADS.find((pad) => pipeline.id(pad) !== undefined);
}
