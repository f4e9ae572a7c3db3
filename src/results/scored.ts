import { bootstrapIntervals, type Intervals } from '../statistics/bootstrap.ts';
import { scoresOf, type NumberOutcomes, type Outcomes } from '../statistics/outcomes.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { regressionScores } from '../statistics/regression-scores.ts';
import type { Scores } from '../statistics/scores.ts';
import { fixed, percentOfCounts, percentOfFraction, significant } from './format.ts';
import type { Row } from './row.ts';
import { isError, NUMBER_SCORES, type NumberScore } from './task-scores.ts';

/** A cell as it was computed: its row, and what every text was given. */
export interface ScoredCell {
  readonly row: Row;
  readonly outcomes: Outcomes;
  /** Names of the classes; none of numbers. */
  readonly classes: readonly string[];
}

/** Rows are resampled with this seed whatever --seed says: an interval belongs to what the texts were given, and to nothing else. */
const SEED = 1;

/** The row of a cell with the scores of its texts, and their intervals. Of numbers, what is scored is what is kept: see `PREDICTED_DIGITS`. */
export function scoredCell({ row, outcomes: given, classes }: ScoredCell): ScoredCell {
  const outcomes = given.kind === 'numbers' ? { ...given, predicted: given.predicted.map(keptNumber) } : given;
  return { row: { ...row, ...scoreColumns(outcomes), ...intervalColumns(outcomes) }, outcomes, classes };
}

/** Whether a row says what its texts' outcomes come to. */
export function agrees(row: Row, outcomes: Outcomes): boolean {
  const columns: Partial<Row> = scoreColumns(outcomes);
  return Object.entries(columns).every(([column, value]) => row[column as keyof Row] === value);
}

/** Significant digits of a predicted number that are kept, and scored. */
const PREDICTED_DIGITS = 7;

function keptNumber(value: number): number {
  return Number(value.toPrecision(PREDICTED_DIGITS));
}

function scoreColumns(outcomes: Outcomes): Partial<Row> {
  return outcomes.kind === 'numbers' ? numberColumns(outcomes) : classColumns(scoresOf(outcomes));
}

function intervalColumns(outcomes: Outcomes): Partial<Row> {
  return outcomes.kind === 'numbers' ? numberIntervals(outcomes) : classIntervals(bootstrapIntervals(outcomes, { seed: SEED }));
}

function classColumns({ n, correct, microF1, macroF1 }: Scores): Partial<Row> {
  return { n: String(n), correct: String(correct), accuracy: percentOfCounts({ part: correct, whole: n }), micro_f1: percentOfFraction(microF1), macro_f1: percentOfFraction(macroF1) };
}

function classIntervals({ accuracy, microF1, macroF1 }: Intervals): Partial<Row> {
  return {
    accuracy_low: percentOfFraction(accuracy.low), accuracy_high: percentOfFraction(accuracy.high),
    micro_f1_low: percentOfFraction(microF1.low), micro_f1_high: percentOfFraction(microF1.high),
    macro_f1_low: percentOfFraction(macroF1.low), macro_f1_high: percentOfFraction(macroF1.high),
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

/** '' where there is no such score: a correlation with numbers that are all the same. */
function numberText(name: NumberScore, value: number): string {
  return isError(name) ? significant(value, ERROR_DIGITS) : fixed(value, DECIMALS);
}
