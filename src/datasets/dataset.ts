/**
 * A labelled corpus in columns: row i is texts[i], its label, split[i]. Order is that of the files: train, dev, test; a dev or test set
 * that was cut from train lies in it.
 */

export const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** What a label is: a class of the text (or of the pair), a number, or a tag of each word. */
export const TASKS = ['classification', 'regression', 'token-classification'] as const;
export type Task = (typeof TASKS)[number];

export type Dataset = ClassificationDataset | RegressionDataset | TokenDataset;

/** Those whose rows have one label each, which neighbours can be asked for. */
export type ItemDataset = ClassificationDataset | RegressionDataset;

/** What all have. */
interface Rows {
  readonly key: string;
  /** Which label of the texts (`class`, `bias`, `publisher`, …). */
  readonly labelField: string;
  readonly texts: readonly string[];
  /** Second text of each row, where the rows are pairs; undefined otherwise. */
  readonly seconds?: readonly string[] | undefined;
  /** Index into SPLITS of each row. */
  readonly split: Uint8Array;
  /** sha256 over texts, labels and splits: what `data_hash` of a result row says. */
  readonly hash: string;
  /** How rows were chosen: empty for all, `stratified 1000 of 5952, seed 1` for a sample. */
  readonly sample: string;
  /** What was found out about its files, or done to its rows, a sentence each: said before anything is computed. No part of the hash. */
  readonly notes?: readonly string[] | undefined;
}

export interface ClassificationDataset extends Rows {
  readonly task: 'classification';
  /** Class of each row as an index into `classes`; the first label where a text has several. */
  readonly labels: Int32Array;
  /** Every label of each row, ascending, where texts may have several; undefined otherwise. */
  readonly labelSets?: readonly Int32Array[] | undefined;
  /** Some texts have several labels, whether they are kept or not. */
  readonly severalLabels?: boolean | undefined;
  /** Names as scikit-learn sorts them, whole numbers as numbers, so that index order decides voting ties. */
  readonly classes: readonly string[];
}

export interface RegressionDataset extends Rows {
  readonly task: 'regression';
  /** [rows] finite, in the unit of the files */
  readonly targets: Float64Array;
}

/** Sentences whose words have a tag each: entities, parts of speech. Rows are sentences; `texts` are their words with blanks between. */
export interface TokenDataset extends Rows {
  readonly task: 'token-classification';
  /** [sentences] words as the files have them, never re-split; a word may hold blanks. */
  readonly words: readonly (readonly string[])[];
  /** [sentences + 1] where the words of each sentence begin among all words. */
  readonly starts: Int32Array;
  /** [words] tag of each word of all sentences as an index into `classes`. */
  readonly tags: Int32Array;
  /** Tags as the files have them, prefixes and all; sorted as classes are. */
  readonly classes: readonly string[];
}

/** Row as a reader gives it. */
export interface Example {
  readonly text: string;
  /** Of a pair. */
  readonly second?: string | undefined;
  /** Of a sentence that comes split into words. */
  readonly words?: readonly string[] | undefined;
  /** In the order of the file; at least one. A number is written as `numberLabel` does. Of words the tag of each. */
  readonly labels: readonly string[];
  readonly split: Split;
}
