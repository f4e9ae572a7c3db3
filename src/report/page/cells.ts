import type { Corpus, PageData } from './data.ts';

/** Rows of the results as sections speak of them. */

export type Cell = Readonly<Record<string, string>>;

/** An encoder may be called `constructor`. */
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

export function estimatorName({ titles }: PageData, key: string): string {
  return titled(titles.estimators, key);
}

/** `mean`, `layermean 1..L`, `mean layer 3`, `mean dim 64`. */
export function placeName({ pooling = '', layers = '', dim = '' }: Cell): string {
  const kept = dim === '' ? '' : ` dim ${dim}`;
  if (layers === '' || layers === 'last' || layers === 'last4') return `${pooling}${kept}`;
  return `${pooling} ${/^\d+$/.test(layers) ? 'layer ' : ''}${layers}${kept}`;
}

/** What tells a row of a dataset from the others, in words. */
export function cellName(data: PageData, row: Cell): string {
  return cellWords(row, encoderName(data, row['encoder'] ?? ''));
}

/** The same under the name that a published table gives the encoder. */
export function cellWords(row: Cell, encoder: string): string {
  const { protocol = '', split = '', k = '', metric = '', votes = '', objective = '', seed = '', concat_norm: norm = '', prompt = '' } = row;
  return [
    encoder, prompt === '' ? '' : `prompt ${prompt}`, norm, placeName(row), objective === '' ? '' : `${objective} seed ${seed}`,
    split === 'all' || split === '' ? protocol : `${protocol} ${split}`, k === '5' || k === '' ? '' : `k ${k}`, metric === 'euclidean' ? '' : metric, votes === 'uniform' ? '' : votes,
  ].filter((part) => part !== '').join(' · ');
}

/** Column of the score that rows of a task are compared by, and what it is called. */
export function scoreOf(row: Cell): { readonly column: 'micro_f1' | 'spearman' | 'span_f1' | 'micro_f1_no_o' | 'accuracy'; readonly title: string } {
  const { task = '' } = row;
  if (task === 'token-classification') {
    if (row['span_f1']) return { column: 'span_f1', title: 'Span F1, %' };
    return row['micro_f1_no_o'] ? { column: 'micro_f1_no_o', title: 'Micro-F1 without O, %' } : { column: 'accuracy', title: 'Accuracy, %' };
  }
  return task === 'regression' ? { column: 'spearman', title: "Spearman's correlation" } : { column: 'micro_f1', title: 'Micro-F1, %' };
}

/** A number of a row; NaN where there is none. */
export function number(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

/** Frozen, scored leave-one-out over all texts: what encoders are compared by. */
export function isComparable({ objective = '', protocol = '', task = '' }: Cell): boolean {
  return objective === '' && protocol === (task === 'token-classification' ? 'leave-one-sentence-out' : 'leave-one-out');
}
