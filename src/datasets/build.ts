import { createHash } from 'node:crypto';
import { sortedClasses } from './class-order.ts';
import {
  SPLITS,
  type ClassificationDataset,
  type Dataset,
  type Example,
  type RegressionDataset,
  type Task,
  type TokenDataset,
} from './dataset.ts';

export interface BuildParams {
  readonly key: string;
  readonly labelField: string;
  /** In the order of the rows. */
  readonly examples: readonly Example[];
  /** first: only a text's first label is used. For classes. */
  readonly labels: 'first' | 'multi';
  readonly sample: string;
  readonly notes?: readonly string[] | undefined;
}

/** Examples in columns. */
export function buildDataset(params: BuildParams & { readonly task: Task }): Dataset {
  switch (params.task) {
    case 'classification':
      return classificationDataset(params);
    case 'regression':
      return regressionDataset(params);
    case 'token-classification':
      return tokenDataset(params);
    default:
      return params.task satisfies never;
  }
}

/** Classes are those that occur, sorted. */
export function classificationDataset({ key, labelField, examples, labels, sample, notes }: BuildParams): ClassificationDataset {
  const severalLabels = examples.some((example) => example.labels.length > 1);
  const multi = labels === 'multi' && severalLabels;
  const kept = multi ? examples.map((example) => example.labels) : examples.map((example) => example.labels.slice(0, 1));
  const classes = sortedClasses(kept.flat());
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  return {
    task: 'classification',
    key,
    labelField,
    ...textColumns(examples),
    labels: Int32Array.from(kept, (names) => indexOf.get(names[0]!)!),
    labelSets: multi ? kept.map((names) => Int32Array.from(new Set(names.map((name) => indexOf.get(name)!))).toSorted()) : undefined,
    severalLabels,
    classes,
    hash: hashOf(examples, kept),
    sample,
    notes,
  };
}

/** Labels are numbers, as checked by their reader. */
export function regressionDataset({ key, labelField, examples, sample, notes }: Omit<BuildParams, 'labels'>): RegressionDataset {
  const targets = Float64Array.from(examples, ({ labels: [target] }) => Number(target));
  return {
    task: 'regression',
    key,
    labelField,
    ...textColumns(examples),
    targets,
    hash: hashOf(examples, Array.from(targets)),
    sample,
    notes,
  };
}

/** Tags are those that occur, sorted. */
export function tokenDataset({ key, labelField, examples, sample, notes }: Omit<BuildParams, 'labels'>): TokenDataset {
  const classes = sortedClasses(examples.flatMap(({ labels }) => labels));
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  const starts = new Int32Array(examples.length + 1);
  for (const [i, { labels }] of examples.entries()) starts[i + 1] = starts[i]! + labels.length;
  const hash = createHash('sha256').update('words\n');
  for (const { words, labels, split } of examples) hash.update(`${JSON.stringify([split, labels, words])}\n`);
  return {
    task: 'token-classification',
    key,
    labelField,
    ...textColumns(examples),
    words: examples.map(({ words = [] }) => words),
    starts,
    tags: Int32Array.from(
      examples.flatMap(({ labels }) => labels),
      (tag) => indexOf.get(tag)!,
    ),
    classes,
    hash: hash.digest('hex'),
    sample,
    notes,
  };
}

function textColumns(examples: readonly Example[]): Pick<Dataset, 'texts' | 'seconds' | 'split'> {
  const pairs = examples.some(({ second }) => second !== undefined);
  return {
    texts: examples.map(({ text }) => text),
    ...(pairs && { seconds: examples.map(({ second = '' }) => second) }),
    split: Uint8Array.from(examples, (example) => SPLITS.indexOf(example.split)),
  };
}

/** One JSON line per row, [split, label, text(, second text)]: unambiguous whatever a text contains. */
function hashOf(examples: readonly Example[], kept: readonly (readonly string[] | number)[]): string {
  const hash = createHash('sha256');
  for (const [i, { text, second, split }] of examples.entries()) {
    hash.update(`${JSON.stringify([split, kept[i], text, ...(second === undefined ? [] : [second])])}\n`);
  }
  return hash.digest('hex');
}
