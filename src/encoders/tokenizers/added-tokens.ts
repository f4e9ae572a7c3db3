import { PrefixTable } from './prefix-table.ts';
import { spaceAfter, spaceBefore, WORD } from './unicode-classes.ts';

/** A token that a text is split at before the model: special tokens, and whatever was added to a vocabulary. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Matches only if not adjacent to a letter, digit or underscore. */
  readonly singleWord: boolean;
  /** Includes the white space before it. */
  readonly lstrip: boolean;
  /** Includes the white space after it. */
  readonly rstrip: boolean;
  /** Matched in the normalised text instead of the original. */
  readonly normalized: boolean;
  /** Not a word of texts. */
  readonly special: boolean;
}

const WORD_AT_END = new RegExp(`[${WORD}]$`, 'u');
const WORD_AT_START = new RegExp(`^[${WORD}]`, 'u');

/**
 * Splits texts at added tokens: leftmost first, of those that begin together the longest (`AddedVocabulary` of the `tokenizers` library).
 */
export class AddedTokenSplitter {
  readonly #patterns: PrefixTable<AddedToken>;
  readonly #firsts: RegExp | undefined;

  /** The strings to match for each token. */
  constructor(patterns: readonly (readonly [string, AddedToken])[]) {
    // Of equal patterns the first is used.
    this.#patterns = new PrefixTable(patterns.toReversed());
    const { firsts } = this.#patterns;
    // Quickly skips characters that no pattern begins with, which are nearly all.
    if (firsts.length > 0) this.#firsts = new RegExp(`[${firsts.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}]`, 'g');
  }

  /** The text between the tokens, and the tokens, in order. No text is empty. */
  split(text: string): (string | AddedToken)[] {
    const parts: (string | AddedToken)[] = [];
    let done = 0;
    for (let at = this.#next(text, 0); at < text.length;) {
      const length = this.#longest(text, at);
      if (length === 0) {
        at = this.#next(text, at + 1);
        continue;
      }
      const token = this.#patterns.get(text.slice(at, at + length))!;
      const end = at + length;
      if (!(token.singleWord && touchesWord(text, at, end))) {
        const start = token.lstrip ? Math.max(spaceBefore(text, at), done) : at;
        if (done < start) parts.push(text.slice(done, start));
        parts.push(token);
        done = token.rstrip ? spaceAfter(text, end) : end;
      }
      at = this.#next(text, end);
    }
    if (done < text.length) parts.push(done === 0 ? text : text.slice(done));
    return parts;
  }

  #next(text: string, from: number): number {
    if (this.#firsts === undefined) return text.length;
    this.#firsts.lastIndex = from;
    return this.#firsts.test(text) ? this.#firsts.lastIndex - 1 : text.length;
  }

  #longest(text: string, at: number): number {
    return this.#patterns.lengthsAt(text, at).findLast((length) => this.#patterns.get(text.slice(at, at + length)) !== undefined) ?? 0;
  }
}

function touchesWord(text: string, start: number, end: number): boolean {
  return WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_AT_START.test(text.slice(end, end + 2));
}
