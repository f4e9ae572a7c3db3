/**
 * A result row. Plain data, strings and numbers: the results room knows neither encoders nor datasets, so that old rows stay readable.
 * Scores of classes are percentages with two decimals, correlations and R2 have four. A value that does not apply is empty, never 0.
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
  // Of a fine-tuned encoder: objective, seed, and best epoch by dev score. Empty if frozen.
  'objective',
  'seed',
  'epoch',
  // Hash of all settings of the training run.
  'training',
  // 95% bootstrap intervals of the scores; that of macro-F1 is bias-corrected by a shift.
  'accuracy_low',
  'accuracy_high',
  'micro_f1_low',
  'micro_f1_high',
  'macro_f1_low',
  'macro_f1_high',
  // Kind of labels (empty: classes); for pairs how the two texts are encoded, for words how their vector is pooled. Scores of tags, and of
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
  // What the encoder ran on; empty: the CPU.
  'device',
  // Of an approximate search.
  'index_options',
] as const;

export type Column = (typeof COLUMNS)[number];

/** The columns that identify a result; the others say how it turned out and what it was made from. */
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
  'device',
] as const satisfies readonly Column[];

/** The columns that say from which files and settings a result was made: if they differ it is another result of the same name. */
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

/**
 * Columns of tasks other than text classification, of other devices than the CPU, and of approximate search: a file has those that some row
 * fills.
 */
export const RARE_COLUMNS = [
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
  'device',
  'index_options',
] as const satisfies readonly Column[];

/** A row with all values empty. */
export const EMPTY_ROW = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as Row;

/** One result. All values are text as in the CSV; '' if they do not apply. */
export type Row = Readonly<Record<Column, string>>;

/** A result that could not be computed, and why: shown as a dash with the reason below the table. */
export interface Failure {
  readonly encoder: string;
  readonly dataset: string;
  /** Undefined: every pooling of that encoder and dataset. */
  readonly pooling?: string | undefined;
  /** As in the columns; undefined: all dimensions, every prompt. */
  readonly dim?: string | undefined;
  readonly prompt?: string | undefined;
  /** Undefined: the frozen encoder. */
  readonly objective?: string | undefined;
  readonly reason: string;
}
