import type { Row } from './row.ts';

/** Scores of results.csv by task; the first is the one that compares results. */
export const CLASS_SCORES = ['micro_f1', 'macro_f1', 'accuracy'] as const;
export const NUMBER_SCORES = ['spearman', 'pearson', 'rmse', 'mae', 'r2'] as const;
export const TAG_SCORES = ['span_f1', 'micro_f1_no_o', 'accuracy', 'macro_f1'] as const;
export type TagScore = (typeof TAG_SCORES)[number];
export type ClassScore = (typeof CLASS_SCORES)[number];
export type NumberScore = (typeof NUMBER_SCORES)[number];
export type ScoreColumn = ClassScore | NumberScore | TagScore;
export const SCORES: readonly ScoreColumn[] = [...CLASS_SCORES, 'span_f1', 'micro_f1_no_o', ...NUMBER_SCORES];

/** The score that compares a row: the requested one if its task has it, else its task's first. */
export function scoreColumn(row: Pick<Row, 'task' | 'span_f1' | 'micro_f1_no_o'>, asked: ScoreColumn): ScoreColumn {
  const { task } = row;
  if (task === 'token-classification') return tagScore(row, asked);
  const own: readonly ScoreColumn[] = task === 'regression' ? NUMBER_SCORES : CLASS_SCORES;
  return own.includes(asked) ? asked : own[0]!;
}

/** The requested score if the tags have it, else the first that they have: micro-F1 is their accuracy, with O, which is not informative. */
function tagScore(row: Pick<Row, 'span_f1' | 'micro_f1_no_o'>, asked: ScoreColumn): TagScore {
  const has = (score: TagScore): boolean => score === 'accuracy' || score === 'macro_f1' || row[score] !== '';
  return TAG_SCORES.find((score) => score === asked && has(score)) ?? TAG_SCORES.find(has)!;
}

/** Errors: lower is better. */
export function isError(score: ScoreColumn): boolean {
  return score === 'rmse' || score === 'mae';
}

/** A value for which higher is better: errors with opposite sign. */
export function goodness(score: ScoreColumn, value: number): number {
  return isError(score) ? -value : value;
}

/** Scores that are percentages. */
export function isClassScore(score: ScoreColumn): score is Exclude<ScoreColumn, NumberScore> {
  return !(NUMBER_SCORES as readonly string[]).includes(score);
}

/** Whether a row has the intervals of its scores: rows of older versions have none. A correlation may be undefined, an error is not. */
export function hasIntervals(row: Row): boolean {
  return row[row.task === 'regression' ? 'rmse_low' : 'accuracy_low'] !== '';
}
