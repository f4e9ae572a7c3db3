import type { TextTokenizer } from './tokenizer.ts';

/**
 * Words as the `Whitespace` pre-tokenizer of the tokenizers library finds them (its `\w+|[^\w\s]+` spelled with the
 * Unicode properties that Rust's regex crate gives to \w and \s).
 */
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const SPACE = /\p{White_Space}/u;

/**
 * Position of each word's first sub-token among the text's tokens (special tokens not counted), ascending, each once. A word that
 * begins inside a token, as a byte-level tokenizer may have it, is found at that token.
 */
export function wordStarts(text: string, tokenizer: TextTokenizer): Int32Array {
  const words = [...text.matchAll(WORD)];
  if (words.length === 0) return new Int32Array(0);
  const { tokens } = tokenizer.body(text);
  const starts = bySurface(text, words.map(({ index }) => index), tokens) ?? byPrefix(text, words.map(({ index }) => index), tokenizer);
  return Int32Array.from(new Set(starts.filter((start) => start < tokens.length)));
}

/**
 * Tokens without their markers, side by side, spell the text without its blanks. Where the two agree in length, the
 * token that holds a word's first character is found by counting. undefined: they do not agree (unknown tokens,
 * normalisers that change lengths).
 */
function bySurface(text: string, indices: readonly number[], tokens: readonly string[]): number[] | undefined {
  const widths = surfaceWidths(tokens);
  const before = new Map<number, number>();
  const wanted = new Set(indices);
  let solid = 0;
  const bytes = widths.unit === 'bytes';
  for (let i = 0; i < text.length; ) {
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

/** Blanks as byte-level tokenizers spell them: Ġ for a space, Ċ for a newline, ĉ for a tab, č for a carriage return. */
const BYTE_LEVEL_BLANK = /[ĠĊĉč]/g;

function surfaceWidths(tokens: readonly string[]): { unit: 'bytes' | 'characters'; widths: number[] } {
  if (tokens.some((token) => /[ĠĊ]/.test(token))) {
    // One character a byte.
    return { unit: 'bytes', widths: tokens.map((token) => [...token.replace(BYTE_LEVEL_BLANK, '')].length) };
  }
  return { unit: 'characters', widths: tokens.map((token) => [...token.replace(/^##/, '').replaceAll('\u2581', '')].length) };
}

/** A word's first token comes after as many tokens as the text before it has. */
function byPrefix(text: string, indices: readonly number[], tokenizer: TextTokenizer): number[] {
  let previous = 0;
  return indices.map((index) => {
    const before = text.slice(0, index).replace(/\p{White_Space}+$/u, '');
    previous = Math.max(previous, before === '' ? 0 : tokenizer.body(before).ids.length);
    return previous;
  });
}
