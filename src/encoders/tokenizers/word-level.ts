import type { JsonNode } from './json-node.ts';
import { unknownPieces } from './unknown-pieces.ts';
import type { Pieces } from './pieces.ts';
import { vocabularyOf } from './vocabulary.ts';

/** One token per word (`WordLevel` of the `tokenizers` library): used by static encoders such as GloVe and word2vec. */
export class WordLevel {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #unknown: Pieces;

  /** `model` of a tokenizer.json. Throws an Error with a sentence. */
  constructor(model: JsonNode) {
    this.#vocabulary = vocabularyOf(model);
    this.#unknown = unknownPieces(model, { vocabulary: this.#vocabulary, usual: '<unk>' });
  }

  id(token: string): number | undefined {
    return this.#vocabulary.get(token);
  }

  pieces(word: string): Pieces {
    const id = this.#vocabulary.get(word);
    return id === undefined ? this.#unknown : { ids: [id], tokens: [word] };
  }
}
