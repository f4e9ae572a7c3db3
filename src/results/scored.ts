import { bootstrapIntervals, type Intervals } from '../statistics/bootstrap.ts';
import { countInterval } from '../statistics/count-interval.ts';
import { scoresOf, type NumberOutcomes, type Outcomes, type TagOutcomes } from '../statistics/outcomes.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { regressionScores } from '../statistics/regression-scores.ts';
import type { Scores } from '../statistics/scores.ts';
import { fixed, percentOfCounts, percentOfFraction, significant } from './format.ts';
import type { Row } from './row.ts';
import { tagCounts, tagScores } from '../tags/tag-outcomes.ts';
import { isError, NUMBER_SCORES, type NumberScore } from './task-scores.ts';

/** A computed result: its row, and the prediction for every text. */
export interface ScoredCell {
  readonly row: Row;
  readonly outcomes: Outcomes;
  /** Names of the classes; empty for numbers. */
  readonly classes: readonly string[];
}

/** Rows are resampled with this seed whatever --seed is: an interval depends only on the predictions. */
const SEED = 1;

/** The row of a result with its scores and their intervals. Predicted numbers are scored as they are stored: see `PREDICTED_DIGITS`. */
export function scoredCell({ row, outcomes: given, classes }: ScoredCell): ScoredCell {
  const outcomes = given.kind === 'numbers' ? { ...given, predicted: given.predicted.map(keptNumber) } : given;
  return { row: { ...row, ...scoreColumns(outcomes), ...intervalColumns(outcomes) }, outcomes, classes };
}

/** Whether a row's scores match its outcomes. */
export function agrees(row: Row, outcomes: Outcomes): boolean {
  const columns: Partial<Row> = scoreColumns(outcomes);
  return Object.entries(columns).every(([column, value]) => row[column as keyof Row] === value);
}

/** Significant digits of a predicted number that are stored, and scored. */
const PREDICTED_DIGITS = 7;

function keptNumber(value: number): number {
  return Number(value.toPrecision(PREDICTED_DIGITS));
}

function scoreColumns(outcomes: Outcomes): Partial<Row> {
  if (outcomes.kind === 'tags') return tagColumns(outcomes);
  return outcomes.kind === 'numbers' ? numberColumns(outcomes) : classColumns(scoresOf(outcomes));
}

function intervalColumns(outcomes: Outcomes): Partial<Row> {
  if (outcomes.kind === 'tags') return tagIntervals(outcomes);
  return outcomes.kind === 'numbers' ? numberIntervals(outcomes) : classIntervals(bootstrapIntervals(outcomes, { seed: SEED }));
}

function classColumns({ n, correct, microF1, macroF1 }: Scores): Partial<Row> {
  return {
    n: String(n),
    correct: String(correct),
    accuracy: percentOfCounts({ part: correct, whole: n }),
    micro_f1: percentOfFraction(microF1),
    macro_f1: percentOfFraction(macroF1),
  };
}

function classIntervals({ accuracy, microF1, macroF1 }: Intervals): Partial<Row> {
  return {
    accuracy_low: percentOfFraction(accuracy.low),
    accuracy_high: percentOfFraction(accuracy.high),
    micro_f1_low: percentOfFraction(microF1.low),
    micro_f1_high: percentOfFraction(microF1.high),
    macro_f1_low: percentOfFraction(macroF1.low),
    macro_f1_high: percentOfFraction(macroF1.high),
  };
}

/** Micro-F1 of single-tag words equals their accuracy, and is left out. */
function tagColumns(outcomes: TagOutcomes): Partial<Row> {
  const { n, correct, macroF1, withoutOutside, spanF1 } = tagScores(outcomes);
  return {
    n: String(n),
    correct: String(correct),
    accuracy: percentOfCounts({ part: correct, whole: n }),
    macro_f1: percentOfFraction(withoutOutside?.macroF1 ?? macroF1),
    micro_f1_no_o: withoutOutside === undefined ? '' : percentOfFraction(withoutOutside.microF1),
    span_f1: spanF1 === undefined ? '' : percentOfFraction(spanF1),
  };
}

/** Sentences are resampled, not words. */
function tagIntervals(outcomes: TagOutcomes): Partial<Row> {
  const of = (score: Parameters<typeof tagCounts>[1]) => {
    const { low, high } = countInterval(tagCounts(outcomes, score), { seed: SEED });
    return [percentOfFraction(low), percentOfFraction(high)] as const;
  };
  const accuracy = of('accuracy');
  const spans = outcomes.scheme === undefined ? undefined : of('spanF1');
  const micro = outcomes.tags.includes('O') ? of('microF1NoO') : undefined;
  return {
    accuracy_low: accuracy[0],
    accuracy_high: accuracy[1],
    ...(spans !== undefined && { span_f1_low: spans[0], span_f1_high: spans[1] }),
    ...(micro !== undefined && { micro_f1_no_o_low: micro[0], micro_f1_no_o_high: micro[1] }),
  };
}

function numberColumns(outcomes: NumberOutcomes): Partial<Row> {
  const { n, ...scores } = regressionScores(outcomes);
  return { n: String(n), ...Object.fromEntries(NUMBER_SCORES.map((name) => [name, numberText(name, scores[name])])) };
}

function numberIntervals(outcomes: NumberOutcomes): Partial<Row> {
  const intervals = regressionIntervals(outcomes, { seed: SEED });
  return Object.fromEntries(
    NUMBER_SCORES.flatMap((name) => [
      [`${name}_low`, numberText(name, intervals[name].low)],
      [`${name}_high`, numberText(name, intervals[name].high)],
    ]),
  );
}

/** Decimals of correlations and R2; significant digits of errors, which have a unit. */
const DECIMALS = 4;
const ERROR_DIGITS = 5;

/** As in a results file; '' if undefined, such as the correlation of constant numbers. */
export function numberText(name: NumberScore, value: number): string {
  return isError(name) ? significant(value, ERROR_DIGITS) : fixed(value, DECIMALS);
}
