import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';
import { shared, unlessShared } from './shared.ts';

/** Reference data of one of the folders of models. */
export interface Expected {
  readonly texts: string[];
  readonly max_length: number;
  /** Padded to the longest, as the mask says. */
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly transformer_ranker?: { readonly text_indices: number[]; readonly word_ids: (number | null)[][]; readonly input_ids: number[][] };
}

export interface OracleFolder {
  /** For the name of a test. */
  readonly name: string;
  readonly folder: string;
  /** Why it is skipped, if it is. */
  readonly skip: string | false;
  readonly at: (...parts: readonly string[]) => string;
}

/** A folder of the oracles that the project makes itself, by `test/oracles/make.py`. */
export function ownOracle(...parts: readonly string[]): string {
  return path.join(packageRoot(), 'test', 'oracles', ...parts);
}

function inside(folder: string): OracleFolder['at'] {
  return (...parts) => path.join(folder, ...parts);
}

/**
 * The folders of an oracle: the project's own, and the shared one if available. An oracle of only the shared folder is skipped if that is
 * missing. `file` must be in it.
 */
export function oracleFolders(name: string, file = ''): readonly OracleFolder[] {
  const own = ownOracle(name);
  const other = shared('oracles', name);
  const missing = unlessShared('oracles', name, ...(file === '' ? [] : [file]));
  const skip = missing && `${missing}: the project's own oracles have nothing of the kind`;
  return [
    ...(existsSync(path.join(own, file)) ? [{ name, folder: own, skip: false as const, at: inside(own) }] : []),
    ...(missing === false || !existsSync(path.join(own, file))
      ? [{ name: `${name} (shared)`, folder: other, skip, at: inside(other) }]
      : []),
  ];
}

export function expected(folder: string): Expected {
  return JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;
}

/** Ids of text i without padding. */
export function unpaddedIds({ input_ids: ids, attention_mask: mask }: Expected, i: number): number[] {
  return ids[i]!.filter((_, t) => mask[i]![t] === 1);
}

/** Maximum tokens that a BigBird attends to in full: (5 + 2 random blocks twice) blocks. */
export function mostInFull(folder: string): number {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as { block_size: number; num_random_blocks: number };
  return (5 + 2 * config.num_random_blocks) * config.block_size;
}
