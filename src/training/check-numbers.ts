import { HarnessError, option } from '../errors.ts';
import type { Dataset, RegressionDataset, Task } from '../datasets/dataset.ts';
import { checkObjectiveOptions, type CheckParams } from './check-objective.ts';
import type { Objective } from './objective.ts';
import { targetScale } from './target-scale.ts';

const API_NAMES: Readonly<Record<Task, string>> = {
  classification: 'classes',
  regression: 'numbers',
  'token-classification': 'tags of words',
};

/** Throws OPTION for an objective of classes with numbers, or of numbers with classes or tags; tags are classes of words. */
export function checkTask({ name, task }: Objective, { key, labelField, task: given }: Pick<Dataset, 'key' | 'labelField' | 'task'>): void {
  if ((task === 'regression') === (given === 'regression')) return;
  const [learns, has] = [API_NAMES[task], API_NAMES[given]];
  throw new HarnessError('OPTION', {
    where: option('objective'),
    what: `The objective ${name} needs ${learns}, but the labels of ${key} (${labelField}) are ${has}.`,
    hint:
      task !== 'regression'
        ? 'Use regression.'
        : given === 'token-classification'
          ? 'Use one for classes, such as classic.'
          : `Use one for classes, or read the labels as numbers (${option('task')} regression).`,
  });
}

export interface CheckNumbersParams extends Pick<CheckParams, 'objective' | 'options' | 'rows' | 'batchSize'> {
  readonly dataset: RegressionDataset;
  readonly balanced: boolean;
  readonly vectorsAt: readonly number[];
}

/**
 * Checks that an objective of numbers can be trained on them. Throws DATA if there is nothing to learn, OPTION if an option only applies to
 * classes.
 */
export function checkNumbers({ objective, options, dataset, rows, batchSize, balanced, vectorsAt }: CheckNumbersParams): void {
  if (rows.length === 0) {
    throw new HarnessError('DATA', { where: dataset.key, what: 'No texts to train on.', hint: 'Give a dataset with a train split.' });
  }
  checkObjectiveOptions({ objective, options, batchSize });
  if (balanced) {
    throw new HarnessError('OPTION', {
      where: option('balanced'),
      what: `Batches are balanced by class, but the labels of ${dataset.key} are numbers.`,
      hint: 'Omit it.',
    });
  }
  if (vectorsAt.length > 0) {
    throw new HarnessError('OPTION', {
      where: option('vectorsAt'),
      what: `Vectors of epochs are kept for maps, which colour classes, but the labels of ${dataset.key} are numbers.`,
      hint: 'Omit it.',
    });
  }
  targetScale(dataset, rows);
}
