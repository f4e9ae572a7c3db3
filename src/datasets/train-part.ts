import { createHash } from 'node:crypto';
import { SPLITS, type Dataset, type Split, type TokenDataset } from './dataset.ts';
import { rebuilt } from './row-examples.ts';
import { nestedOrder } from './sample.ts';
import { strataOf } from './task.ts';

export interface TrainPartParams {
  /** Number of training texts. */
  readonly size: number;
  readonly seed: number;
  /** Keep test. */
  readonly test?: boolean | undefined;
}

/**
 * A dataset with the first `size` training texts in an order whose every prefix is class-stratified, so that samples are nested; with all
 * of dev, and without test unless requested. Classes keep their indices, whether the sample has them or not. Never throws: a sample that is
 * not smaller than train is all of it.
 */
export function trainPart<D extends Dataset>(dataset: D, { size, seed, test = false }: TrainPartParams): D {
  const { texts, seconds, split, hash, sample } = dataset;
  const train = rowsOf(dataset, 'train');
  const strata = strataOf(dataset);
  const order = nestedOrder({ classes: train.map((row) => strata[row]!), seed });
  const held = [...rowsOf(dataset, 'dev'), ...(test ? rowsOf(dataset, 'test') : [])];
  const rows = [...order.slice(0, size).map((at) => train[at]!), ...held].toSorted((a, b) => a - b);
  const said = `train ${Math.min(size, train.length)} of ${train.length}, nested, seed ${seed}${test ? ', and test' : ''}`;
  const shared = {
    texts: rows.map((row) => texts[row]!),
    ...(seconds !== undefined && { seconds: rows.map((row) => seconds[row]!) }),
    split: Uint8Array.from(rows, (row) => split[row]!),
    hash: createHash('sha256').update(`${hash}\n${said}`).digest('hex'),
    sample: sample === '' ? said : `${sample}; ${said}`,
  };
  if (dataset.task === 'regression') return { ...dataset, ...shared, targets: Float64Array.from(rows, (row) => dataset.targets[row]!) };
  if (dataset.task === 'token-classification') return { ...dataset, ...shared, ...sentencesOf(dataset, rows) };
  const { labels, labelSets } = dataset;
  return {
    ...dataset,
    ...shared,
    labels: Int32Array.from(rows, (row) => labels[row]!),
    labelSets: labelSets && rows.map((row) => labelSets[row]!),
  };
}

/** Some sentences of a dataset, whose tags keep their indices. */
function sentencesOf({ words, starts, tags }: TokenDataset, rows: readonly number[]): Pick<TokenDataset, 'words' | 'starts' | 'tags'> {
  const kept = rows.map((row) => tags.subarray(starts[row]!, starts[row + 1]!));
  const from = new Int32Array(rows.length + 1);
  for (const [i, own] of kept.entries()) from[i + 1] = from[i]! + own.length;
  const all = new Int32Array(from[rows.length]!);
  for (const [i, own] of kept.entries()) all.set(own, from[i]!);
  return { words: rows.map((row) => words[row]!), starts: from, tags: all };
}

/** The training texts only, with the classes that occur; of several labels the first counts. */
export function trainAlone<D extends Dataset>(dataset: D): D {
  const said = 'train alone';
  return rebuilt(dataset, rowsOf(dataset, 'train'), dataset.sample === '' ? said : `${dataset.sample}; ${said}`);
}

function rowsOf({ split }: Dataset, name: Split): number[] {
  return [...split.keys()].filter((row) => SPLITS[split[row]!] === name);
}
