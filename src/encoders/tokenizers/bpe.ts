import { BPE } from './library.ts';
import { must, shown, type JsonNode } from './json-node.ts';
import type { Pieces } from './pieces.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Byte-pair encoding as in the library. */
export class Bpe {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #encode: (words: readonly string[]) => string[];

  /** `model` of a tokenizer.json. Throws an Error with a sentence. */
  constructor(model: JsonNode) {
    this.#vocabulary = vocabularyOf(model);
    const unknown = model['unk_token'] ?? undefined;
    must(
      unknown === undefined || (typeof unknown === 'string' && this.#vocabulary.has(unknown)),
      `model.unk_token ${shown(unknown)} is not in its vocabulary`,
    );
    const prefix = model['continuing_subword_prefix'] ?? '';
    must(prefix === '', `model.continuing_subword_prefix ${shown(prefix)} is not supported`);
    const { merges } = model;
    must(Array.isArray(merges), 'model.merges is not a list');
    this.#encode = new BPE({ ...model, unk_token: unknown, merges: merges.map((merge: unknown, i) => this.#pair(merge, i)) });
  }

  id(token: string): number | undefined {
    return this.#vocabulary.get(token);
  }

  pieces(word: string): Pieces {
    const tokens = this.#encode([word]);
    return { tokens, ids: tokens.map((token) => this.#vocabulary.get(token)!) };
  }

  /** A merge is "t h" or ["t", "h"]. */
  #pair(merge: unknown, i: number): [string, string] {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!isPair(pair)) throw new Error(`model.merges[${i}] is not a pair of tokens`);
    const made = pair[0] + pair[1];
    if (!this.#vocabulary.has(made)) throw new Error(`model.merges[${i}] makes ${shown(made)}, which is not in its vocabulary`);
    return pair;
  }
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'string';
}
