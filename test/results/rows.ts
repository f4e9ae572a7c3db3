import { COLUMNS, type Row } from '../../src/results/row.ts';

const EMPTY = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as Row;

/** A row of a plain result: fields that a test does not name are those of tiny-bert, mean of the last layer, on 160 texts. */
export function row(values: Partial<Row> = {}): Row {
  return {
    ...EMPTY,
    encoder: 'tiny-bert',
    dataset: 'toy-topics',
    pooling: 'mean',
    layers: 'last',
    protocol: 'leave-one-out',
    split: 'all',
    k: '5',
    metric: 'euclidean',
    votes: 'uniform',
    index: 'exact',
    n: '160',
    correct: '130',
    accuracy: '81.25',
    micro_f1: '81.25',
    macro_f1: '79.80',
    label_field: 'class',
    dtype: 'fp32',
    texts_cut: '0',
    ...values,
  };
}

/** A result with a score. */
export function scored(encoder: string, dataset: string, score: string, values: Partial<Row> = {}): Row {
  return row({ encoder, dataset, accuracy: score, micro_f1: score, macro_f1: score, ...values });
}

/** A fixed permutation, neither sorted nor reversed. */
export function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one, at) => ({ one, place: (at * 7 + 3) % 11 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
