import { createHash } from 'node:crypto';
import { HarnessError } from '../errors.ts';
import { SPLITS, type Dataset, type Split } from './dataset.ts';
import { stratifiedSample } from './sample.ts';

export interface SplitShares {
  /** Part of train that becomes the test set, and then of what is left, the dev set, where the corpus has none. flair takes a tenth. */
  readonly test: number;
  readonly dev: number;
}

export const SPLIT_SHARES: SplitShares = { test: 0.1, dev: 0.1 };

/**
 * The corpus with dev and test: its own, or else class-stratified, seeded parts of train, whose rows stay where they are; `sample` says so.
 * Throws DATA where there is no train set, or one that is too small to be cut; OPTION for a share that is none.
 */
export function withMissingSplits(dataset: Dataset, { seed, ...shares }: SplitShares & { readonly seed: number }): Dataset {
  const split = dataset.split.slice();
  const notes: string[] = [];
  const rowsOf = (name: Split) => [...split.keys()].filter((row) => split[row] === SPLITS.indexOf(name));
  if (rowsOf('train').length === 0) throw new HarnessError('DATA', { where: dataset.key, what: 'It has no train set.', mend: 'Give a data set with one, or a --split-column that says train.' });
  for (const name of ['test', 'dev'] as const) {
    if (!(shares[name] > 0 && shares[name] < 1)) throw new HarnessError('OPTION', { where: `--${name}-share`, what: `It takes a number above 0 and below 1, got ${shares[name]}.` });
    if (rowsOf(name).length > 0) continue;
    const train = rowsOf('train');
    const size = Math.round(train.length * shares[name]);
    if (size === 0 || size >= train.length) {
      throw new HarnessError('DATA', { where: dataset.key, what: `It has no ${name} set, and its ${train.length} ${train.length === 1 ? 'text' : 'texts'} to train on ${train.length === 1 ? 'is' : 'are'} too few to cut one of ${shares[name]} of them.`, mend: `Give more texts, a ${name} set, or another --${name}-share.` });
    }
    for (const i of stratifiedSample({ classes: train.map((row) => dataset.classes[dataset.labels[row]!]!), size, seed })) split[train[i]!] = SPLITS.indexOf(name);
    notes.push(`${name} ${size} of train`);
  }
  if (notes.length === 0) return dataset;
  const said = `${notes.join(', ')}, seed ${seed}`;
  return {
    ...dataset,
    split,
    hash: createHash('sha256').update(`${dataset.hash}\n${said}`).digest('hex'),
    sample: dataset.sample === '' ? said : `${dataset.sample}; ${said}`,
  };
}
