import { createHash } from 'node:crypto';
import { HarnessError, option } from '../errors.ts';
import { SPLITS, type Dataset, type Split } from './dataset.ts';
import { keepTogether } from './keep-together.ts';
import { rowTexts } from './equal-texts.ts';
import { stratifiedSample } from './sample.ts';
import { strataOf } from './task.ts';

export interface SplitShares {
  /** Fraction of train held out for test, and of the rest for dev, if the dataset has none. flair uses a tenth. */
  readonly test: number;
  readonly dev: number;
}

export const SPLIT_SHARES: SplitShares = { test: 0.1, dev: 0.1 };

export interface MissingSplitsParams extends SplitShares {
  readonly seed: number;
  /** false: copies of a text may be on both sides, as in results of older versions. Default: true. */
  readonly together?: boolean | undefined;
}

/**
 * The dataset with dev and test: its own, or else class-stratified, seeded parts of train, whose rows stay at their place; `sample`
 * describes it. Copies of a text, after trimming, are kept in one part. Throws DATA if there is no train set, or one that is too small to
 * split; OPTION for an invalid fraction.
 */
export function withMissingSplits<D extends Dataset>(dataset: D, { seed, together = true, ...shares }: MissingSplitsParams): D {
  const strata = strataOf(dataset);
  const texts = rowTexts(dataset.texts, dataset.seconds);
  const split = dataset.split.slice();
  const item = dataset.task === 'token-classification' ? 'sentence' : 'text';
  const notes: string[] = [];
  let moved = 0;
  const rowsOf = (name: Split) => [...split.keys()].filter((row) => split[row] === SPLITS.indexOf(name));
  if (rowsOf('train').length === 0)
    throw new HarnessError('DATA', {
      where: dataset.key,
      what: 'No train split.',
      hint: `Give a dataset with a train split, or a ${option('splitColumn')} with the value train.`,
    });
  for (const name of ['test', 'dev'] as const) {
    if (!(shares[name] > 0 && shares[name] < 1))
      throw new HarnessError('OPTION', {
        where: option(`${name}Share`),
        what: `It takes a number above 0 and below 1, got ${shares[name]}.`,
      });
    if (rowsOf(name).length > 0) continue;
    const train = rowsOf('train');
    const size = Math.round(train.length * shares[name]);
    if (size === 0 || size >= train.length) {
      throw new HarnessError('DATA', {
        where: dataset.key,
        what: `It has no ${name} set, and its ${train.length} ${item}${train.length === 1 ? '' : 's'} to train on ${train.length === 1 ? 'is' : 'are'} too few to cut one of ${shares[name]} of them.`,
        hint: `Give more ${item}s, a ${name} set, or change ${option(`${name}Share`)}.`,
      });
    }
    const classes = train.map((row) => strata[row]!);
    const drawn = stratifiedSample({ classes, size, seed });
    const part = together ? keepTogether({ texts: train.map((row) => texts[row]!), classes, drawn }) : { rows: drawn, moved: 0 };
    if (part.rows.length === 0 || part.rows.length === train.length) {
      throw new HarnessError('DATA', {
        where: dataset.key,
        what: `It has no ${name} set, and its ${train.length} training texts are all identical.`,
        hint: `Give more texts, or a ${name} split.`,
      });
    }
    for (const i of part.rows) split[train[i]!] = SPLITS.indexOf(name);
    moved += part.moved;
    notes.push(`${name} ${part.rows.length} of train`);
  }
  if (notes.length === 0) return dataset;
  const said = `${notes.join(', ')}${moved > 0 ? ', duplicates together' : ''}, seed ${seed}`;
  return {
    ...dataset,
    split,
    hash: createHash('sha256').update(`${dataset.hash}\n${said}`).digest('hex'),
    sample: dataset.sample === '' ? said : `${dataset.sample}; ${said}`,
  };
}

/** Parses how the splits were made from the description of the sample; undefined if none was. */
export function heldOutFrom(sample: string): { readonly seed: number; readonly together: boolean } | undefined {
  const [, together, seed] = / of train(, duplicates together)?, seed (\d+)$/.exec(sample) ?? [];
  return seed === undefined ? undefined : { seed: Number(seed), together: together !== undefined };
}
