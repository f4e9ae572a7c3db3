import type { ScoreColumn } from '../../results/task-scores.ts';
import type { RankedLine, RankedList } from '../verdict/ranked-list.ts';
import type { Corpus, PageData } from './data.ts';

/** Rows of the results in words, for the sections of the page. */

export type Cell = Readonly<Record<string, string>>;

/** An encoder may be named `constructor`. */
function titled(titles: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(titles, key) ? titles[key]! : key;
}

export function encoderName({ titles }: PageData, key: string): string {
  return titled(titles.encoders, key);
}

export function datasetName({ titles }: PageData, key: string): string {
  return titled(titles.datasets, key);
}

export function corpusName(data: PageData, { dataset, about }: Corpus): string {
  return about === '' ? datasetName(data, dataset) : `${datasetName(data, dataset)} (${about})`;
}

/** `frozen`, or the objective of fine-tuning. */
export function objectiveName({ titles }: PageData, key: string): string {
  return key === '' ? 'frozen' : titled(titles.objectives, key);
}

export type Named = Pick<RankedLine, 'encoder' | 'objective' | 'variant'>;

/** An encoder with its objective. */
export function lineName(data: PageData, { encoder, objective, variant }: Named): string {
  return [encoderName(data, encoder), variant, tunedName(data, objective)].filter((part) => part !== '').join(', ');
}

/** `fine-tuned (CEA batch)`; '' if frozen. */
export function tunedName(data: PageData, objective: string): string {
  return objective === '' ? '' : `fine-tuned (${objectiveName(data, objective)})`;
}

export function estimatorName({ titles }: PageData, key: string): string {
  return titled(titles.estimators, key);
}

/** `mean`, `layermean 1..L`, `mean layer 3`, `mean dim 64`. */
export function placeName({ pooling = '', layers = '', dim = '' }: Cell): string {
  const kept = dim === '' ? '' : ` dim ${dim}`;
  if (layers === '' || layers === 'last' || layers === 'last4') return `${pooling}${kept}`;
  return `${pooling} ${/^\d+$/.test(layers) ? 'layer ' : ''}${layers}${kept}`;
}

/** What distinguishes a row of a dataset from the others, in words. */
export function cellName(data: PageData, row: Cell): string {
  return resultName(row, encoderName(data, row['encoder'] ?? ''));
}

/** The same with the given encoder name. */
export function resultName(row: Cell, encoder: string): string {
  const {
    protocol = '',
    split = '',
    k = '',
    metric = '',
    votes = '',
    objective = '',
    seed = '',
    concat_norm: norm = '',
    prompt = '',
  } = row;
  return [
    encoder,
    prompt === '' ? '' : `prompt ${prompt}`,
    norm,
    placeName(row),
    objective === '' ? '' : `${objective} seed ${seed}`,
    split === 'all' || split === '' ? protocol : `${protocol} ${split}`,
    k === '5' || k === '' ? '' : `k ${k}`,
    metric === 'euclidean' ? '' : metric,
    votes === 'uniform' ? '' : votes,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

const SCORE_TITLES = {
  micro_f1: 'Micro-F1, %',
  macro_f1: 'Macro-F1, %',
  accuracy: 'Accuracy, %',
  span_f1: 'Span F1, %',
  micro_f1_no_o: 'Micro-F1 without O, %',
  spearman: "Spearman's correlation",
  pearson: "Pearson's correlation",
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R2',
} as const satisfies Readonly<Record<ScoreColumn, string>>;

/** Column of the score by which a task is compared, and its title. */
export function scoreOf(row: Cell): { readonly column: ScoreColumn; readonly title: string } {
  const column = columnOf(row);
  return { column, title: SCORE_TITLES[column] };
}

function columnOf(row: Cell): ScoreColumn {
  const { task = '' } = row;
  if (task === 'regression') return 'spearman';
  if (task !== 'token-classification') return 'micro_f1';
  if (row['span_f1']) return 'span_f1';
  return row['micro_f1_no_o'] ? 'micro_f1_no_o' : 'accuracy';
}

/** Name of the scores of a ranked list. */
export function scoreName(data: PageData, { score, by, percent }: Pick<RankedList, 'score' | 'by' | 'percent'>): string {
  return score === undefined ? `${estimatorName(data, by)}${percent ? ', %' : ''}` : SCORE_TITLES[score];
}

/** A number of a row; NaN if empty. */
export function number(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

/**
 * Order by how well a score predicts new texts: fine-tuned on test, frozen leave-one-out, other tests, dev; last if texts are among their
 * own neighbours, or were trained on.
 */
export function trustOf(row: Cell): number {
  const { protocol = '', split = '', objective = '' } = row;
  if (split === 'test') return objective === '' ? 2 : 0;
  if (isComparable(row)) return 1;
  return protocol === 'complete' || split === 'train' ? 4 : 3;
}

/** Frozen, scored leave-one-out over all texts: the comparison of encoders. */
export function isComparable({ objective = '', protocol = '', task = '' }: Cell): boolean {
  return objective === '' && protocol === (task === 'token-classification' ? 'leave-one-sentence-out' : 'leave-one-out');
}
