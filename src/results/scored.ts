import { bootstrapIntervals, type Intervals } from '../statistics/bootstrap.ts';
import { scoresOf, type Outcomes } from '../statistics/outcomes.ts';
import type { Scores } from '../statistics/scores.ts';
import { percentOfCounts, percentOfFraction } from './format.ts';
import type { Row } from './row.ts';

/** A cell as it was computed: its row, and what every text was given. */
export interface ScoredCell {
  readonly row: Row;
  readonly outcomes: Outcomes;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

/** Rows are resampled with this seed whatever --seed says: an interval belongs to what the texts were given, and to nothing else. */
const SEED = 1;

/** The row of a cell with the scores of its texts, and their intervals. */
export function scoredCell({ row, outcomes, classes }: ScoredCell): ScoredCell {
  const intervals = bootstrapIntervals(outcomes, { seed: SEED });
  return { row: { ...row, ...scoreColumns(scoresOf(outcomes)), ...intervalColumns(intervals) }, outcomes, classes };
}

/** Whether a row says what its texts' outcomes come to. */
export function agrees(row: Row, outcomes: Outcomes): boolean {
  const columns = scoreColumns(scoresOf(outcomes));
  return Object.entries(columns).every(([column, value]) => row[column as keyof typeof columns] === value);
}

function scoreColumns({ n, correct, microF1, macroF1 }: Scores): Pick<Row, 'n' | 'correct' | 'accuracy' | 'micro_f1' | 'macro_f1'> {
  return { n: String(n), correct: String(correct), accuracy: percentOfCounts({ part: correct, whole: n }), micro_f1: percentOfFraction(microF1), macro_f1: percentOfFraction(macroF1) };
}

function intervalColumns({ accuracy, microF1, macroF1 }: Intervals): Pick<Row, 'accuracy_low' | 'accuracy_high' | 'micro_f1_low' | 'micro_f1_high' | 'macro_f1_low' | 'macro_f1_high'> {
  return {
    accuracy_low: percentOfFraction(accuracy.low), accuracy_high: percentOfFraction(accuracy.high),
    micro_f1_low: percentOfFraction(microF1.low), micro_f1_high: percentOfFraction(microF1.high),
    macro_f1_low: percentOfFraction(macroF1.low), macro_f1_high: percentOfFraction(macroF1.high),
  };
}
