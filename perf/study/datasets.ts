import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { SPLITS, type ClassificationDataset, type Split } from '../../src/datasets/dataset.ts';
import { withClasses } from '../../src/datasets/task.ts';
import { loadDataset } from '../../src/datasets/load.ts';
import { nestedOrder } from '../../src/datasets/sample.ts';
import { writeAtomically } from '../../src/files/atomic.ts';
import { findDataset, loadDatasets } from '../../src/registry/datasets.ts';
import { openSources } from '../../src/sources/sources.ts';

/** Texts of each split. */
export type Sizes = Readonly<Record<Split, number>>;

export interface PartParams {
  readonly key: string;
  readonly sizes: Sizes;
  /** Of the order in which texts are taken. */
  readonly seed: number;
  /** Folder of the file, and of downloads. */
  readonly cache: string;
  readonly mirrors: readonly string[];
  /** Suffix of the file's name. */
  readonly suffix?: string | undefined;
}

/**
 * A part of a dataset of the registry as a JSON Lines file in the cache, named by its number of training texts, with a column `split`: so
 * that every dataset has the same number of texts, and a smaller training set is contained in a larger one, with the same dev and test.
 * Duplicates are removed first. If a dataset has no dev or test set, it is taken from train; a dataset with only a test set counts as
 * train. Returns the file.
 */
export async function datasetPart(params: PartParams): Promise<string> {
  const { key, sizes, seed, cache, suffix = '' } = params;
  const folder = path.join(cache, 'study', 'data');
  const file = path.join(folder, `${partName(key, sizes.train)}${suffix}.jsonl`);
  if (existsSync(file)) return file;
  const dataset = await opened(params);
  const taken = rowsTaken(dataset, sizes, seed);
  const lines = SPLITS.flatMap((split) =>
    taken[split].map((row) => JSON.stringify({ text: dataset.texts[row], label: dataset.classes[dataset.labels[row]!], split })),
  );
  mkdirSync(folder, { recursive: true });
  await writeAtomically(file, `${lines.join('\n')}\n`);
  return file;
}

/** Texts of the grid. */
export const WHOLE = 1000;

/** The name of a part in the results: only the dataset's key if it has the size of the grid. */
export function partName(key: string, train: number): string {
  return train === WHOLE ? key : `${key}-${train}`;
}

async function opened({ key, seed, cache, mirrors }: PartParams): Promise<ClassificationDataset> {
  const entry = findDataset(loadDatasets(), key);
  const sources = openSources({ cacheDir: cache, offline: false, mirrors, onProgress: () => undefined, onNote: () => undefined });
  return withClasses(
    await loadDataset({ entry, fetchFile: (file) => sources.fetchFile(file), labels: 'first', seed, deduplicate: true }),
    'The study',
  );
}

/** Rows of each split: the first of an order of which every prefix is stratified. */
export function rowsTaken(
  { split, labels, classes }: Pick<ClassificationDataset, 'split' | 'labels' | 'classes'>,
  sizes: Sizes,
  seed: number,
): Record<Split, number[]> {
  // If there is only a test set, all of it is used.
  const isTrain = (row: number): boolean => split[row] === 0 || !split.includes(0);
  const pools = SPLITS.map((_, at) => {
    const rows = [...split.keys()].filter((row) => (at === 0 ? isTrain(row) : split[row] === at && !isTrain(row)));
    return nestedOrder({ classes: rows.map((row) => classes[labels[row]!]!), seed }).map((place) => rows[place]!);
  });
  const [train, ...others] = pools as [number[], number[], number[]];
  const [dev, test] = others.map((pool, i) =>
    pool.length === 0 ? train.splice(0, sizes[SPLITS[i + 1]!]) : pool.slice(0, sizes[SPLITS[i + 1]!]),
  );
  return { train: train.slice(0, sizes.train), dev: dev!, test: test! };
}
