import { Bpe } from './bpe.ts';
import { shown, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';
import { Unigram } from './unigram.ts';
import { WordLevel } from './word-level.ts';
import { WordPiece } from './word-piece.ts';

/** Tokenises words. */
export interface Model {
  pieces(word: string): Pieces;
  /** A token's id in the model's own vocabulary. */
  id(token: string): number | undefined;
}

/** The `model` of a tokenizer.json. Throws an Error with a sentence if unsupported. */
export function modelOf(node: JsonNode): Model {
  switch (typeOf(node)) {
    case 'WordPiece':
      return new WordPiece(node);
    case 'WordLevel':
      return new WordLevel(node);
    case 'BPE':
      return new Bpe(node);
    case 'Unigram':
      return new Unigram(node);
    default:
      throw new Error(`model ${shown(node['type'])} is not supported`);
  }
}

/** Files of the first releases do not declare it. */
function typeOf(node: JsonNode): unknown {
  if (node['type'] !== undefined) return node['type'];
  if (Array.isArray(node['vocab'])) return 'Unigram';
  return node['merges'] === undefined ? 'WordPiece' : 'BPE';
}
