import type { Dataset } from '../datasets/dataset.ts';
import { option } from '../errors.ts';
import type { RankSettings, Settings } from './settings.ts';
import type { TrainingChoice } from './training-choice.ts';

type Asked = Pick<RankSettings, 'pairs' | 'wordPoolings' | 'wordsPerClass'> & Partial<Pick<Settings, 'index'>>;

/** What was asked for and does nothing on these datasets, a line each: it is said, since a request's datasets may be of several tasks. */
export function unusedSettings({ pairs, wordPoolings, wordsPerClass, index }: Asked, datasets: readonly Pick<Dataset, 'task' | 'seconds'>[]): string[] {
  if (datasets.length === 0) return [];
  const hasPairs = datasets.some(({ seconds }) => seconds !== undefined);
  const hasWords = datasets.some(({ task }) => task === 'token-classification');
  const searchesWords = hasWords && (index === 'hnsw' || index === 'hnswlib');
  return [
    ...(pairs !== undefined && !hasPairs ? [`${option('pair')} does nothing: no dataset has pairs of texts.`] : []),
    ...(wordPoolings !== undefined && !hasWords ? [`${option('wordPooling')} does nothing: no dataset has words with tags.`] : []),
    ...(wordsPerClass !== undefined && !hasWords ? [`${option('wordsPerClass')} does nothing: no dataset has words with tags.`] : []),
    ...(searchesWords ? [`${option('index')} ${index} does nothing for words: their neighbours are searched exactly.`] : []),
  ];
}

/** The same of a training's. */
export function unusedInTraining({ settings: { bestEpochBy } }: { readonly settings: Pick<TrainingChoice['settings'], 'bestEpochBy'> }, datasets: readonly Pick<Dataset, 'task'>[]): string[] {
  const onlyNumbers = datasets.length > 0 && datasets.every(({ task }) => task === 'regression');
  return bestEpochBy === 'macro' && onlyNumbers ? [`${option('bestEpochBy')} macro does nothing: the epoch of numbers is that of the best Spearman correlation.`] : [];
}
