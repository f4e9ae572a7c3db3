import { asString, must, shown, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';

export interface UnknownParams {
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Default if `model` names no unknown token. */
  readonly usual: string;
}

/** Replacement for a word without tokens in a vocabulary: `model.unk_token` of a tokenizer.json. Throws an Error with a sentence. */
export function unknownPieces(model: JsonNode, { vocabulary, usual }: UnknownParams): Pieces {
  const unknown = asString(model['unk_token'] ?? usual, 'model.unk_token');
  const id = vocabulary.get(unknown);
  must(id !== undefined, `model.unk_token ${shown(unknown)} is not in its vocabulary`);
  return { ids: [id], tokens: [unknown] };
}
