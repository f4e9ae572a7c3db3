/**
 * A result row. Plain data, strings and numbers: the results room knows neither encoders nor datasets, so that old
 * rows stay readable. Scores of classes are percent with two decimals, correlations and R2 have four. A value that does not apply is empty,
 * never 0.
 */
export const COLUMNS = [
  'encoder',
  'dataset',
  'pooling',
  'layers',
  'dim',
  'prompt',
  'protocol',
  'split',
  'k',
  'metric',
  'votes',
  'index',
  'n',
  'correct',
  'accuracy',
  'micro_f1',
  'macro_f1',
  'label_field',
  'labels',
  'concat_norm',
  'members',
  'revision',
  'file_hash',
  'tokenizer_hash',
  'dtype',
  'attention',
  'max_length',
  'texts_cut',
  'data_hash',
  'sample',
  'recall',
  // Of a fine-tuned encoder: what it was trained for, with which seed, and the epoch that dev chose. Empty where frozen.
  'objective',
  'seed',
  'epoch',
  // Hash of all settings of the training run.
  'training',
  // 95 % bootstrap intervals of the scores; that of macro-F1 is moved back by its bias.
  'accuracy_low',
  'accuracy_high',
  'micro_f1_low',
  'micro_f1_high',
  'macro_f1_low',
  'macro_f1_high',
  // What the labels are (empty: classes), of pairs how the two texts are read, of words what their vector is. Scores of tags, and of
  // numbers: correlations, and errors in their unit.
  'task',
  'pair',
  'word_pooling',
  'words_without_vector',
  'span_f1',
  'micro_f1_no_o',
  'span_f1_low',
  'span_f1_high',
  'micro_f1_no_o_low',
  'micro_f1_no_o_high',
  'spearman',
  'pearson',
  'rmse',
  'mae',
  'r2',
  'spearman_low',
  'spearman_high',
  'pearson_low',
  'pearson_high',
  'rmse_low',
  'rmse_high',
  'mae_low',
  'mae_high',
  'r2_low',
  'r2_high',
] as const;

export type Column = (typeof COLUMNS)[number];

/** The columns that say which cell a row is; the others say what came out and from what. */
export const KEY_COLUMNS = [
  'encoder',
  'dataset',
  'pooling',
  'layers',
  'dim',
  'prompt',
  'protocol',
  'split',
  'k',
  'metric',
  'votes',
  'index',
  'label_field',
  'labels',
  'concat_norm',
  'dtype',
  'attention',
  'max_length',
  'sample',
  'objective',
  'seed',
  'task',
  'pair',
  'word_pooling',
] as const satisfies readonly Column[];

/** The columns that say from which files and settings a cell was made: with others it is another result of the same name. */
export const INPUT_COLUMNS = ['members', 'file_hash', 'tokenizer_hash', 'data_hash', 'training'] as const satisfies readonly Column[];

/** Scores and their intervals. */
export const SCORE_COLUMNS = [
  'n',
  'correct',
  'accuracy',
  'micro_f1',
  'macro_f1',
  'accuracy_low',
  'accuracy_high',
  'micro_f1_low',
  'micro_f1_high',
  'macro_f1_low',
  'macro_f1_high',
  'span_f1',
  'micro_f1_no_o',
  'span_f1_low',
  'span_f1_high',
  'micro_f1_no_o_low',
  'micro_f1_no_o_high',
  'spearman',
  'pearson',
  'rmse',
  'mae',
  'r2',
  'spearman_low',
  'spearman_high',
  'pearson_low',
  'pearson_high',
  'rmse_low',
  'rmse_high',
  'mae_low',
  'mae_high',
  'r2_low',
  'r2_high',
] as const satisfies readonly Column[];

/** Columns of tasks other than classifying texts: a file has those that some row of it fills. */
export const TASK_COLUMNS = [
  'task',
  'pair',
  'word_pooling',
  'words_without_vector',
  'span_f1',
  'micro_f1_no_o',
  'span_f1_low',
  'span_f1_high',
  'micro_f1_no_o_low',
  'micro_f1_no_o_high',
  'spearman',
  'pearson',
  'rmse',
  'mae',
  'r2',
  'spearman_low',
  'spearman_high',
  'pearson_low',
  'pearson_high',
  'rmse_low',
  'rmse_high',
  'mae_low',
  'mae_high',
  'r2_low',
  'r2_high',
] as const satisfies readonly Column[];

/** A row without any value. */
export const EMPTY_ROW = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as Row;

/** One cell. All values are text as they stand in the CSV; '' where they do not apply. */
export type Row = Readonly<Record<Column, string>>;

/** A cell that could not be computed, and why: shown as a dash with the reason below the table. */
export interface Failure {
  readonly encoder: string;
  readonly dataset: string;
  /** Undefined: every pooling of that encoder and dataset. */
  readonly pooling?: string | undefined;
  /** As the columns have them; undefined: all of that pooling, of every prompt. */
  readonly dim?: string | undefined;
  readonly prompt?: string | undefined;
  /** Undefined: of the frozen encoder. */
  readonly objective?: string | undefined;
  readonly reason: string;
}
