import type { Row } from './row.ts';

/** Scores of results.csv by task, the one first that a task is compared by. */
export const CLASS_SCORES = ['micro_f1', 'macro_f1', 'accuracy'] as const;
export const NUMBER_SCORES = ['spearman', 'pearson', 'rmse', 'mae', 'r2'] as const;
export type ClassScore = (typeof CLASS_SCORES)[number];
export type NumberScore = (typeof NUMBER_SCORES)[number];
export type ScoreColumn = ClassScore | NumberScore;
export const SCORES: readonly ScoreColumn[] = [...CLASS_SCORES, ...NUMBER_SCORES];

/** The score that a row is compared by: the one asked for where its task has it, else its task's first. */
export function scoreColumn({ task }: Pick<Row, 'task'>, asked: ScoreColumn): ScoreColumn {
  const own: readonly ScoreColumn[] = task === 'regression' ? NUMBER_SCORES : CLASS_SCORES;
  return own.includes(asked) ? asked : own[0]!;
}

/** Errors: the lower, the better. */
export function isError(score: ScoreColumn): boolean {
  return score === 'rmse' || score === 'mae';
}

/** A value by which more is better: errors with the other sign. */
export function goodness(score: ScoreColumn, value: number): number {
  return isError(score) ? -value : value;
}

export function isClassScore(score: ScoreColumn): score is ClassScore {
  return (CLASS_SCORES as readonly string[]).includes(score);
}

/** Whether a row has the intervals of its scores: those of before there were any have none. A correlation may be undefined, an error is not. */
export function hasIntervals(row: Row): boolean {
  return row[row.task === 'regression' ? 'rmse_low' : 'accuracy_low'] !== '';
}
