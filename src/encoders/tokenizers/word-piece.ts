import { asString, must, type JsonNode } from './json-node.ts';
import { unknownPieces } from './unknown-pieces.ts';
import type { Pieces } from './pieces.ts';
import { vocabularyOf } from './vocabulary.ts';

/**
 * WordPiece: the longest token that a word begins with, then the longest that the rest begins with, and so on; a word that cannot be split
 * this way, or exceeds the limit in characters, is one unknown token.
 */
export class WordPiece {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #prefix: string;
  #longestToken = 0;
  readonly #longestWord: number;
  readonly #unknown: Pieces;

  /** `model` of a tokenizer.json. Throws an Error with a sentence. */
  constructor(model: JsonNode) {
    this.#vocabulary = vocabularyOf(model);
    this.#prefix = asString(model['continuing_subword_prefix'] ?? '##', 'model.continuing_subword_prefix');
    for (const token of this.#vocabulary.keys()) this.#longestToken = Math.max(this.#longestToken, token.length);
    const longest = model['max_input_chars_per_word'] ?? 100;
    must(typeof longest === 'number', 'model.max_input_chars_per_word is not a number');
    this.#longestWord = longest;
    this.#unknown = unknownPieces(model, { vocabulary: this.#vocabulary, usual: '[UNK]' });
  }

  id(token: string): number | undefined {
    return this.#vocabulary.get(token);
  }

  pieces(word: string): Pieces {
    if (word.length > this.#longestWord && [...word].length > this.#longestWord) return this.#unknown;
    const ids: number[] = [];
    const tokens: string[] = [];
    for (let start = 0; start < word.length;) {
      const prefix = start === 0 ? '' : this.#prefix;
      let end = Math.min(word.length, start + this.#longestToken);
      while (end > start && !this.#vocabulary.has(prefix + word.slice(start, end))) end--;
      if (end === start) return this.#unknown;
      const token = prefix + word.slice(start, end);
      ids.push(this.#vocabulary.get(token)!);
      tokens.push(token);
      start = end;
    }
    return { ids, tokens };
  }
}
