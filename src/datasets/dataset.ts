/**
 * A labelled corpus in columns: row i is texts[i], labels[i], split[i]. Order is that of the files: train, dev, test; a dev or test set
 * that was cut from train lies in it.
 */

export const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  readonly key: string;
  /** Which label of the texts (`class`, `bias`, `publisher`, …). */
  readonly labelField: string;
  readonly texts: readonly string[];
  /** Class of each row as an index into `classes`; the first label where a text has several. */
  readonly labels: Int32Array;
  /** Every label of each row, ascending, where texts may have several; undefined otherwise. */
  readonly labelSets?: readonly Int32Array[] | undefined;
  /** Some texts have several labels, whether they are kept or not. */
  readonly severalLabels?: boolean | undefined;
  /** Names as scikit-learn sorts them, whole numbers as numbers, so that index order decides voting ties. */
  readonly classes: readonly string[];
  /** Index into SPLITS of each row. */
  readonly split: Uint8Array;
  /** sha256 over texts, labels and splits: what `data_hash` of a result row says. */
  readonly hash: string;
  /** How rows were chosen: empty for all, `stratified 1000 of 5952, seed 1` for a sample. */
  readonly sample: string;
  /** What was found out about its files, or done to its rows, a sentence each: said before anything is computed. No part of the hash. */
  readonly notes?: readonly string[] | undefined;
}

/** Row as a reader gives it. */
export interface Example {
  readonly text: string;
  /** In the order of the file; at least one. */
  readonly labels: readonly string[];
  readonly split: Split;
}
