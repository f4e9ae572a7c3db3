import type { Dataset, Task } from '../datasets/dataset.ts';
import { HarnessError, option } from '../errors.ts';
import { CLASS_ESTIMATORS, NUMBER_ESTIMATORS, TAG_ESTIMATORS, type EstimatorName } from '../estimators/estimators.ts';
import type { RankSettings } from './settings.ts';

const KNOWN: Readonly<Record<Task, readonly EstimatorName[]>> = {
  classification: CLASS_ESTIMATORS,
  regression: NUMBER_ESTIMATORS,
  'token-classification': TAG_ESTIMATORS,
};

/** Fitting these at every layer would take as long as everything else together. */
const FITTED: readonly EstimatorName[] = ['ridge', 'linear-probe'];

/** The settings with the estimators that apply to a dataset, if all were requested. Throws OPTION, naming them, if others were named. */
export function suitedTo(dataset: Pick<Dataset, 'key' | 'task' | 'seconds'>, settings: RankSettings): RankSettings {
  const known: readonly EstimatorName[] = KNOWN[dataset.task].filter((name) => name !== 'cosine' || dataset.seconds !== undefined);
  const { every, by, estimators, sourceField } = settings;
  const foreign = [by, ...(every === true ? [] : estimators)].filter((name) => !known.includes(name));
  if (foreign.length > 0) throw unsuited(dataset, [...new Set(foreign)], known);
  if (every !== true || dataset.task === 'classification') return settings;
  if (sourceField !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('sourceField'),
      what: `It applies only to leep, and the labels of ${dataset.key} are ${dataset.task === 'regression' ? 'numbers' : 'tags of words'}.`,
      hint: 'Omit it.',
    });
  }
  return { ...settings, estimators: known, curveEstimators: known.filter((name) => name === by || !FITTED.includes(name)) };
}

function unsuited(
  { key, task, seconds }: Pick<Dataset, 'key' | 'task' | 'seconds'>,
  foreign: readonly string[],
  known: readonly string[],
): HarnessError {
  const labels = { classification: 'classes', regression: 'numbers', 'token-classification': 'tags' }[task];
  return new HarnessError('OPTION', {
    where: `${option('estimator')}, ${key}`,
    what: `${foreign.join(', ')} ${foreign.length === 1 ? 'has' : 'have'} no meaning for ${labels}${task === 'token-classification' ? ' of words' : seconds === undefined ? ' of single texts' : ' of pairs'}.`,
    hint: `Choose from ${known.join(', ')}.`,
  });
}
