/**
 * A labelled dataset in columns: row i is texts[i], its label, split[i]. Order is that of the files: train, dev, test; dev or test rows
 * held out from train stay at their place.
 */

export const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Kind of label: a class of the text (or of the pair), a number, or a tag of each word. */
export const TASKS = ['classification', 'regression', 'token-classification'] as const;
export type Task = (typeof TASKS)[number];

export type Dataset = ClassificationDataset | RegressionDataset | TokenDataset;

/** Datasets with one label per row, which k-NN can predict. */
export type ItemDataset = ClassificationDataset | RegressionDataset;

/** Fields common to all. */
interface Rows {
  readonly key: string;
  /** Name of the label field (`class`, `bias`, `publisher`, …). */
  readonly labelField: string;
  readonly texts: readonly string[];
  /** Second text of each row, if the rows are pairs; undefined otherwise. */
  readonly seconds?: readonly string[] | undefined;
  /** Index into SPLITS of each row. */
  readonly split: Uint8Array;
  /** sha256 over texts, labels and splits: `data_hash` of a result row. */
  readonly hash: string;
  /** How rows were sampled: empty for all, `stratified 1000 of 5952, seed 1` for a sample. */
  readonly sample: string;
  /** Findings about its files, and changes to its rows, one sentence each: reported before anything is computed. Not part of the hash. */
  readonly notes?: readonly string[] | undefined;
}

export interface ClassificationDataset extends Rows {
  readonly task: 'classification';
  /** Class of each row as an index into `classes`; the first label if a text has several. */
  readonly labels: Int32Array;
  /** All labels of each row, ascending, if texts may have several; undefined otherwise. */
  readonly labelSets?: readonly Int32Array[] | undefined;
  /** Some texts have several labels, whether all are kept or not. */
  readonly severalLabels?: boolean | undefined;
  /** Names as scikit-learn sorts them, integers as numbers, so that index order breaks voting ties. */
  readonly classes: readonly string[];
}

export interface RegressionDataset extends Rows {
  readonly task: 'regression';
  /** [rows] finite, in the unit of the files */
  readonly targets: Float64Array;
}

/** Sentences with one tag per word: entities, parts of speech. Rows are sentences; `texts` are their words joined by blanks. */
export interface TokenDataset extends Rows {
  readonly task: 'token-classification';
  /** [sentences] words as in the files, never split again; a word may contain blanks. */
  readonly words: readonly (readonly string[])[];
  /** [sentences + 1] start of each sentence among all words. */
  readonly starts: Int32Array;
  /** [words] tag of each word over all sentences as an index into `classes`. */
  readonly tags: Int32Array;
  /** Tags as in the files, with prefixes; sorted like classes. */
  readonly classes: readonly string[];
}

/** A row as returned by a reader. */
export interface Example {
  readonly text: string;
  /** Only of a pair. */
  readonly second?: string | undefined;
  /** Only of a sentence that is already split into words. */
  readonly words?: readonly string[] | undefined;
  /** In the order of the file; at least one. A number is formatted by `numberLabel`. For words the tag of each. */
  readonly labels: readonly string[];
  readonly split: Split;
}
