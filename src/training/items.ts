import type { Dataset } from '../datasets/dataset.ts';
import type { TokenText } from './text-batch.ts';
import { wordsOf } from './word-vectors.ts';

/** Items that an objective learns from: the rows of a dataset; for sentences their words that have a vector. */
export interface TrainedItems {
  /** Class of each item of the dataset; 0 for numbers. */
  readonly labels: Int32Array;
  /** Items of some rows, in the order of their vectors. */
  of(rows: readonly number[]): readonly number[];
}

/** `texts`: tokens of each row. */
export function trainedItems(dataset: Dataset, texts: readonly Pick<TokenText, 'spans'>[]): TrainedItems {
  switch (dataset.task) {
    case 'classification':
      return { labels: dataset.labels, of: (rows) => rows };
    case 'regression':
      return { labels: new Int32Array(dataset.targets.length), of: (rows) => rows };
    case 'token-classification': {
      const { starts, tags } = dataset;
      return {
        labels: tags,
        of: (rows) => rows.flatMap((row) => wordsOf({ spans: texts[row]!.spans! }).map((word) => starts[row]! + word)),
      };
    }
    default:
      return dataset satisfies never;
  }
}
