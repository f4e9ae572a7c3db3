import type { Split } from '../dataset.ts';
import { own } from '../../own.ts';

/**
 * Words for the three splits, most likely first, as the library `datasets` finds them in names; `eval` is a dev set here, where it means
 * test there: what is evaluated during development is not a test set.
 */
const WORDS: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training'],
  dev: ['validation', 'valid', 'val', 'dev', 'development', 'eval', 'evaluation'],
  test: ['test', 'testing'],
};

export interface SplitFiles {
  /** Name in the dataset. */
  readonly split: string;
  readonly paths: readonly string[];
}

export interface AssignedSplits {
  readonly files: readonly { readonly path: string; readonly split: Split | 'all' }[];
  /** Splits that are not read, by their names in the dataset. */
  readonly unused: readonly string[];
  /** Names of the splits that are read, there and here. */
  readonly used: readonly { readonly name: string; readonly split: Split | 'all'; readonly files: number }[];
}

/**
 * Assigns a dataset's splits to train, dev and test; undefined if none matches. A single one, with any name, is a dataset without splits.
 */
export function assignSplits(splits: readonly SplitFiles[]): AssignedSplits | undefined {
  const used: { name: string; split: Split | 'all'; paths: readonly string[] }[] = [];
  for (const [split, words] of Object.entries(WORDS) as [Split, readonly string[]][]) {
    const [first] = words.flatMap((word) => splits.filter(({ split: name }) => name.toLowerCase() === word));
    if (first !== undefined) used.push({ name: first.split, split, paths: first.paths });
  }
  if (used.length === 0 && splits.length === 1) used.push({ name: splits[0]!.split, split: 'all', paths: splits[0]!.paths });
  if (used.length === 0) return undefined;
  return {
    files: used.flatMap(({ split, paths }) => paths.map((path) => ({ path, split }))),
    unused: splits.map(({ split }) => split).filter((name) => !used.some((each) => each.name === name)),
    used: used.map(({ name, split, paths }) => ({ name, split, files: paths.length })),
  };
}

/** What may surround a word in a name of a file or folder. */
const EDGE = '[-._ 0-9]';

/** Words distinguished in names: a dev and an eval set may both be present. */
const NAMED: Readonly<Record<string, RegExp>> = Object.fromEntries(
  Object.entries({
    train: WORDS.train,
    validation: WORDS.dev.slice(0, 5),
    eval: WORDS.dev.slice(5),
    test: WORDS.test,
  }).map(([name, words]) => [name, new RegExp(`(?:^|${EDGE})(?:${words.join('|')})(?:$|${EDGE})`, 'i')]),
);

/** Split words in a name. */
export function splitsIn(name: string): string[] {
  return Object.keys(NAMED).filter((split) => own(NAMED, split)!.test(name));
}
