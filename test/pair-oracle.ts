import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TextPair } from '../src/encoders/encoder-input.ts';
import { ownOracle } from './oracles.ts';
import { shared } from './shared.ts';
import { temporaryFolder } from './temporary.ts';

/** Tokens of a pair, truncated to the oracle's limit. */
export interface KnownTokens {
  readonly ids: readonly number[];
  readonly types: readonly number[];
  readonly total: number;
}

/** Results by torch. */
export interface KnownPair extends KnownTokens {
  readonly cls: readonly number[];
  readonly mean: readonly number[];
  /** Mean of all tokens of all hidden states. */
  readonly layermean: readonly number[];
}

export interface KnownStep {
  readonly loss: number;
  readonly norm: number;
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

export interface KnownFamily {
  readonly pairs: readonly KnownPair[];
  /** The same pairs, truncated on the left. */
  readonly left: readonly KnownTokens[];
  readonly step?: KnownStep;
}

export interface PairOracle {
  readonly texts: readonly (readonly [string, string])[];
  readonly longest: number;
  readonly labels: readonly number[];
  /** [first, second, room, first kept, second kept] */
  readonly longest_first: readonly (readonly number[])[];
  readonly families: Readonly<Record<string, KnownFamily>>;
}

/** What `test/oracles/pairs.py` makes. */
export function pairOracle(): PairOracle {
  return JSON.parse(readFileSync(ownOracle('pairs.json'), 'utf8')) as PairOracle;
}

/** The pairs of the oracle as an encoder takes them. */
export function oraclePairs(): TextPair[] {
  return pairOracle().texts.map(([first, second]) => ({ first, second }));
}

export interface SharedPair {
  readonly a: string;
  readonly b: string;
  readonly input_ids: readonly number[];
  readonly type_ids: readonly number[];
  readonly truncated: boolean;
}

/** Pairs of the shared folder's encoders. */
export function sharedPairs(family: string): { readonly pairs: readonly SharedPair[]; readonly max_length: number } {
  return JSON.parse(readFileSync(shared('tasks', 'oracles', family, 'token_vectors.json'), 'utf8')) as {
    pairs: SharedPair[];
    max_length: number;
  };
}

export const SHARED_FAMILIES = ['bert-cased', 'roberta', 'deberta-v3'] as const;

/**
 * The encoder of those pairs. RoBERTa's were made with a blank before every text, which its files do not declare: a copy with that setting.
 */
export function sharedPairFolder(family: string): string {
  const folder = shared('oracles', family);
  if (family !== 'roberta') return folder;
  const copy = path.join(temporaryFolder(), family);
  cpSync(folder, copy, { recursive: true, dereference: true, filter: (file) => !/tokenizer(_config)?\.json$/.test(file) });
  for (const [name, change] of Object.entries(WITH_BLANK)) {
    const values = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, object>;
    writeFileSync(path.join(copy, name), JSON.stringify(change(values)));
  }
  return copy;
}

const WITH_BLANK: Readonly<Record<string, (values: Record<string, object>) => object>> = {
  'tokenizer.json': (values) => ({ ...values, pre_tokenizer: { ...values['pre_tokenizer'], add_prefix_space: true } }),
  'tokenizer_config.json': (values) => ({ ...values, add_prefix_space: true }),
};
