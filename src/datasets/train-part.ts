import { createHash } from 'node:crypto';
import { buildDataset } from './build.ts';
import { SPLITS, type Dataset, type Split } from './dataset.ts';
import { nestedOrder } from './sample.ts';

export interface TrainPartParams {
  /** Texts of train. */
  readonly size: number;
  readonly seed: number;
  /** Test stays. */
  readonly test?: boolean | undefined;
}

/**
 * A dataset with the first so many texts of train, in an order of which every beginning is class-stratified, so that a smaller part lies
 * within a larger one; with all of dev, and without test unless it is asked for. Classes keep their numbers, whether the part has them or
 * not. Throws nothing: a part that is no smaller than train is all of it.
 */
export function trainPart(dataset: Dataset, { size, seed, test = false }: TrainPartParams): Dataset {
  const { texts, labels, labelSets, classes, split, hash, sample } = dataset;
  const train = rowsOf(dataset, 'train');
  const order = nestedOrder({ classes: train.map((row) => classes[labels[row]!]!), seed });
  const held = [...rowsOf(dataset, 'dev'), ...(test ? rowsOf(dataset, 'test') : [])];
  const rows = [...order.slice(0, size).map((at) => train[at]!), ...held].toSorted((a, b) => a - b);
  const said = `train ${Math.min(size, train.length)} of ${train.length}, nested, seed ${seed}${test ? ', and test' : ''}`;
  return {
    ...dataset,
    texts: rows.map((row) => texts[row]!),
    labels: Int32Array.from(rows, (row) => labels[row]!),
    labelSets: labelSets && rows.map((row) => labelSets[row]!),
    split: Uint8Array.from(rows, (row) => split[row]!),
    hash: createHash('sha256').update(`${hash}\n${said}`).digest('hex'),
    sample: sample === '' ? said : `${sample}; ${said}`,
  };
}

/** The texts of train alone, with the classes that they have; of several labels the first counts. */
export function trainAlone(dataset: Dataset): Dataset {
  const { key, labelField, texts, labels, classes, sample, severalLabels } = dataset;
  const examples = rowsOf(dataset, 'train').map((row) => ({
    text: texts[row]!,
    labels: [classes[labels[row]!]!],
    split: 'train' as const,
  }));
  const said = 'train alone';
  return {
    ...buildDataset({ key, labelField, labels: 'first', examples, sample: sample === '' ? said : `${sample}; ${said}` }),
    severalLabels,
  };
}

function rowsOf({ split }: Dataset, name: Split): number[] {
  return [...split.keys()].filter((row) => SPLITS[split[row]!] === name);
}
