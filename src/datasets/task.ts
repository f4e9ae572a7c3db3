import { HarnessError, option } from '../errors.ts';
import type { ClassificationDataset, Dataset, Example, RegressionDataset, Task, TokenDataset } from './dataset.ts';

/** Names of datasets by task. */
const API_NAMES: Readonly<Record<Task, string>> = {
  classification: 'classes',
  regression: 'numbers (regression)',
  'token-classification': 'tags of words (token classification)',
};

/**
 * The dataset, if its labels are classes. Throws DATA otherwise, naming what requires them (`A map`). `instead`: what to do about numbers,
 * a sentence, if there is no option to read them as classes.
 */
export function withClasses(dataset: Dataset, wants: string, instead?: string): ClassificationDataset {
  if (dataset.task === 'classification') return dataset;
  throw unsuited(dataset, { wants, wanted: 'classification', instead });
}

/** The dataset, if its labels are numbers. Throws DATA otherwise. */
export function withNumbers(dataset: Dataset, wants: string): RegressionDataset {
  if (dataset.task === 'regression') return dataset;
  throw unsuited(dataset, { wants, wanted: 'regression' });
}

/** The dataset, if its words have tags. Throws DATA otherwise. */
export function withTags(dataset: Dataset, wants: string): TokenDataset {
  if (dataset.task === 'token-classification') return dataset;
  throw unsuited(dataset, { wants, wanted: 'token-classification' });
}

/**
 * The dataset, if its rows are single texts. Throws DATA for pairs. `instead`: what to do about them, a sentence, if there is an
 * alternative.
 */
export function withSingleTexts<D extends Dataset>(dataset: D, wants: string, instead?: string): D {
  if (dataset.seconds === undefined) return dataset;
  throw new HarnessError('DATA', {
    where: dataset.key,
    what: `${wants} reads one text per row, but its rows are pairs.`,
    hint: instead ?? `Omit it, or read only one of the two columns (without ${option('textPairColumn')}).`,
  });
}

interface Unsuited {
  readonly wants: string;
  readonly wanted: Task;
  readonly instead?: string | undefined;
}

function unsuited({ key, labelField, task }: Dataset, { wants, wanted, instead }: Unsuited): HarnessError {
  return new HarnessError('DATA', {
    where: key,
    what: `${wants} needs ${API_NAMES[wanted]}, and its labels (${labelField}) are ${API_NAMES[task]}.`,
    hint:
      task === 'token-classification' || wanted === 'token-classification'
        ? 'Omit it.'
        : (instead ?? `Omit it, or read its labels as ${API_NAMES[wanted]} (${option('task')} ${wanted}).`),
  });
}

/**
 * What samples and splits are stratified by: the first class of each row. Numbers and sentences have none: their samples are drawn from all
 * rows at random.
 */
export function strataOf(dataset: Dataset): string[] {
  if (dataset.task === 'classification') return Array.from(dataset.labels, (label) => dataset.classes[label]!);
  return dataset.texts.map(() => '');
}

/** The same for a row outside a dataset. */
export function stratumOf({ labels }: Pick<Example, 'labels'>, task: Task): string {
  return task === 'classification' ? labels[0]! : '';
}

/** How a sample is drawn, for its description. */
export function drawnWord(task: Task): 'stratified' | 'random' {
  return task === 'classification' ? 'stratified' : 'random';
}
