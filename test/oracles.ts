import { readFileSync } from 'node:fs';
import { shared } from './shared.ts';

/** What the reference says of one of the shared model folders. */
export interface Expected {
  readonly texts: string[];
  readonly max_length: number;
  /** Padded to the longest, as the mask says. */
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly transformer_ranker?: { readonly text_indices: number[]; readonly word_ids: (number | null)[][]; readonly input_ids: number[][] };
}

export function expected(folder: string): Expected {
  return JSON.parse(readFileSync(shared('oracles', folder, 'expected.json'), 'utf8')) as Expected;
}

/** Ids of text i without padding. */
export function unpaddedIds({ input_ids: ids, attention_mask: mask }: Expected, i: number): number[] {
  return ids[i]!.filter((_, t) => mask[i]![t] === 1);
}
