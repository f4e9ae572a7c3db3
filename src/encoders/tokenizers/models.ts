import { Bpe } from './bpe.ts';
import { shown, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';
import { Unigram } from './unigram.ts';
import { WordPiece } from './word-piece.ts';

/** What makes tokens of words. */
export interface Model {
  pieces(word: string): Pieces;
  /** A token's id in the model's own vocabulary. */
  id(token: string): number | undefined;
}

/** The `model` of a tokenizer.json. Throws an Error with a sentence where it is none that is known. */
export function modelOf(part: JsonNode): Model {
  switch (typeOf(part)) {
    case 'WordPiece':
      return new WordPiece(part);
    case 'BPE':
      return new Bpe(part);
    case 'Unigram':
      return new Unigram(part);
    default:
      throw new Error(`model ${shown(part['type'])} is not known`);
  }
}

/** Files of the first releases do not say it. */
function typeOf(part: JsonNode): unknown {
  if (part['type'] !== undefined) return part['type'];
  if (Array.isArray(part['vocab'])) return 'Unigram';
  return part['merges'] === undefined ? 'WordPiece' : 'BPE';
}
