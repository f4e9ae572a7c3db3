import { HarnessError, option } from '../errors.ts';
import type { ClassificationDataset, Dataset, Example, RegressionDataset, Task, TokenDataset } from './dataset.ts';

/** What datasets of a task are called. */
const CALLED: Readonly<Record<Task, string>> = {
  classification: 'classes',
  regression: 'numbers (regression)',
  'token-classification': 'tags of words (token classification)',
};

/**
 * The dataset, whose labels are classes. Throws DATA, naming what wants them (`A map`), where they are not. `instead`: what to do about
 * numbers, a sentence, where what wants classes has no option to read them so.
 */
export function withClasses(dataset: Dataset, wants: string, instead?: string): ClassificationDataset {
  if (dataset.task === 'classification') return dataset;
  throw unsuited(dataset, { wants, wanted: 'classification', instead });
}

/** The dataset, whose labels are numbers. Throws DATA where they are not. */
export function withNumbers(dataset: Dataset, wants: string): RegressionDataset {
  if (dataset.task === 'regression') return dataset;
  throw unsuited(dataset, { wants, wanted: 'regression' });
}

/** The dataset, whose words have tags. Throws DATA where they have not. */
export function withTags(dataset: Dataset, wants: string): TokenDataset {
  if (dataset.task === 'token-classification') return dataset;
  throw unsuited(dataset, { wants, wanted: 'token-classification' });
}

/**
 * The dataset, whose rows are single texts. Throws DATA where they are pairs. `instead`: what to do about them, a sentence, where there is
 * better.
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
    what: `${wants} needs ${CALLED[wanted]}, and its labels (${labelField}) are ${CALLED[task]}.`,
    hint:
      task === 'token-classification' || wanted === 'token-classification'
        ? 'Omit it.'
        : (instead ?? `Omit it, or read its labels as ${CALLED[wanted]} (${option('task')} ${wanted}).`),
  });
}

/**
 * What the rows of a sample or a cut are stratified by: their first class. Numbers and sentences have none: their samples are drawn from
 * all rows alike.
 */
export function strataOf(dataset: Dataset): string[] {
  if (dataset.task === 'classification') return Array.from(dataset.labels, (label) => dataset.classes[label]!);
  return dataset.texts.map(() => '');
}

/** The same of a row that is in no dataset yet. */
export function stratumOf({ labels }: Pick<Example, 'labels'>, task: Task): string {
  return task === 'classification' ? labels[0]! : '';
}

/** What a sample is called, by how it was drawn. */
export function drawnWord(task: Task): 'stratified' | 'random' {
  return task === 'classification' ? 'stratified' : 'random';
}
