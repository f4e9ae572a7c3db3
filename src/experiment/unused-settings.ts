import type { Dataset } from '../datasets/dataset.ts';
import { option } from '../errors.ts';
import type { RankSettings, Settings } from './settings.ts';
import type { TrainingChoice } from './training-choice.ts';

type Asked = Pick<RankSettings, 'pairs' | 'wordPoolings' | 'wordsPerClass'> & Partial<Pick<Settings, 'index'>>;

/** Requested settings that have no effect on these datasets, one line each: reported, since a request's datasets may have several tasks. */
export function unusedSettings(
  { pairs, wordPoolings, wordsPerClass, index }: Asked,
  datasets: readonly Pick<Dataset, 'task' | 'seconds'>[],
): string[] {
  if (datasets.length === 0) return [];
  const hasPairs = datasets.some(({ seconds }) => seconds !== undefined);
  const hasWords = datasets.some(({ task }) => task === 'token-classification');
  const searchesWords = hasWords && (index === 'hnsw' || index === 'hnswlib');
  return [
    ...(pairs !== undefined && !hasPairs ? [`${option('pair')} has no effect: no dataset has pairs of texts.`] : []),
    ...(wordPoolings !== undefined && !hasWords ? [`${option('wordPooling')} has no effect: no dataset has tagged words.`] : []),
    ...(wordsPerClass !== undefined && !hasWords ? [`${option('wordsPerClass')} has no effect: no dataset has tagged words.`] : []),
    ...(searchesWords ? [`${option('index')} ${index} has no effect for words: their search is exact.`] : []),
  ];
}

/** The same for training settings. */
export function unusedInTraining(
  { settings: { bestEpochBy } }: { readonly settings: Pick<TrainingChoice['settings'], 'bestEpochBy'> },
  datasets: readonly Pick<Dataset, 'task'>[],
): string[] {
  const onlyNumbers = datasets.length > 0 && datasets.every(({ task }) => task === 'regression');
  return bestEpochBy === 'macro' && onlyNumbers
    ? [`${option('bestEpochBy')} macro has no effect: regression selects the epoch with the best Spearman correlation.`]
    : [];
}
