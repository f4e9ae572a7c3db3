import type { TextTokenizer } from './tokenizer.ts';
import { WHITESPACE_WORDS } from './tokenizers/pre-tokenizers.ts';
import { spaceBefore } from './tokenizers/unicode-classes.ts';

const SPACE = /\p{White_Space}/u;
/** A run of visible characters with the white space before it. */
const STRETCH = /\p{White_Space}*\P{White_Space}+/gu;

interface WordParams {
  /** Words that begin from this token on are not needed. */
  readonly limit?: number | undefined;
  /** Prefix of the text in the same string: its tokens count, but not its words. */
  readonly before?: string | undefined;
}

/**
 * Position of each word's first sub-token among the text's tokens (without special tokens), ascending, without duplicates, up to `limit`
 * (exclusive). Words are those of the pre-tokenizer `Whitespace`. A word that begins inside a token, as with byte-level tokenizers, is
 * located at that token.
 */
export function wordStarts(own: string, tokenizer: TextTokenizer, { limit = Infinity, before = '' }: WordParams = {}): Int32Array {
  const text = before + own;
  const indices = Array.from(own.matchAll(WHITESPACE_WORDS), ({ index }) => index + before.length);
  if (indices.length === 0) return new Int32Array(0);
  const { tokens } = tokenizer.body(text);
  const end = Math.min(limit, tokens.length);
  const starts =
    bySurface(text, indices, tokens) ??
    byStretch(text, { indices, tokenizer, end, tokens: tokens.length }) ??
    byPrefix(text, { indices, tokenizer, end });
  return Int32Array.from(new Set(starts.filter((start) => start < end)));
}

/**
 * Tokens without their markers, concatenated, spell the text without its blanks. If the two have the same length, the token with a word's
 * first character is found by counting. undefined: they differ (unknown tokens, normalizers that change lengths).
 */
function bySurface(text: string, indices: readonly number[], tokens: readonly string[]): number[] | undefined {
  const widths = surfaceWidths(tokens);
  const before = new Map<number, number>();
  const wanted = new Set(indices);
  let solid = 0;
  const bytes = widths.unit === 'bytes';
  for (let i = 0; i < text.length;) {
    if (wanted.has(i)) before.set(i, solid);
    const character = String.fromCodePoint(text.codePointAt(i)!);
    if (!SPACE.test(character)) solid += bytes ? Buffer.byteLength(character) : 1;
    i += character.length;
  }
  const total = widths.widths.reduce((sum, width) => sum + width, 0);
  if (total !== solid) return undefined;
  const starts: number[] = [];
  let token = 0;
  let end = widths.widths[0]!;
  for (const index of indices) {
    const at = before.get(index)!;
    while (at >= end && token + 1 < tokens.length) end += widths.widths[++token]!;
    starts.push(token);
  }
  return starts;
}

/** Blanks in byte-level spelling: Ġ for a space, Ċ for a newline, ĉ for a tab, č for a carriage return. */
const BYTE_LEVEL_BLANK = /[ĠĊĉč]/g;

function surfaceWidths(tokens: readonly string[]): { unit: 'bytes' | 'characters'; widths: number[] } {
  if (tokens.some((token) => /[ĠĊ]/.test(token))) {
    // One character per byte.
    return { unit: 'bytes', widths: tokens.map((token) => [...token.replace(BYTE_LEVEL_BLANK, '')].length) };
  }
  return { unit: 'characters', widths: tokens.map((token) => [...token.replace(/^##/, '').replaceAll('\u2581', '')].length) };
}

interface PrefixParams {
  /** Start indices of the words in the text. */
  readonly indices: readonly number[];
  readonly tokenizer: TextTokenizer;
  /** Words that begin from this token on are not needed. */
  readonly end: number;
}

interface StretchParams extends PrefixParams {
  /** Number of tokens of the text. */
  readonly tokens: number;
}

/**
 * A word's first token is preceded by the tokens of the runs before its own, and of the part before it in its own run. undefined: the runs
 * do not have as many tokens as the text (a tokenizer drops some white space and joins what was around it).
 */
function byStretch(text: string, { indices, tokenizer, end, tokens }: StretchParams): number[] | undefined {
  const starts: number[] = [];
  let before = 0;
  for (const { 0: stretch, index: at } of text.matchAll(STRETCH)) {
    for (let word = starts.length; word < indices.length && indices[word]! < at + stretch.length; word++) {
      const previous = starts.at(-1) ?? 0;
      starts.push(previous >= end ? previous : Math.max(previous, before + tokensOf(stretch.slice(0, indices[word]! - at), tokenizer)));
    }
    before += tokensOf(stretch, tokenizer);
  }
  return before === tokens ? starts : undefined;
}

/** A word's first token is preceded by as many tokens as the text before it has. */
function byPrefix(text: string, { indices, tokenizer, end }: PrefixParams): number[] {
  const starts: number[] = [];
  for (const index of indices) {
    starts.push(Math.max(starts.at(-1) ?? 0, tokensOf(text.slice(0, index), tokenizer)));
    if (starts.at(-1)! >= end) break;
  }
  return starts;
}

/** Number of tokens of a part of a text, ignoring trailing white space. */
function tokensOf(part: string, tokenizer: TextTokenizer): number {
  const solid = part.slice(0, spaceBefore(part, part.length));
  return solid === '' ? 0 : tokenizer.body(solid).ids.length;
}
