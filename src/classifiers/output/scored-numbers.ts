import type { InputRow } from '../../datasets/input/input-row.ts';
import { targetOf } from '../../datasets/target.ts';
import { isFault } from '../../datasets/table.ts';
import { regressionIntervals } from '../../statistics/regression-bootstrap.ts';
import { regressionScores, type RegressionScores } from '../../statistics/regression-scores.ts';
import type { NumberPrediction } from '../prediction.ts';
import type { ClassifierRecord } from '../record.ts';
import type { Tally } from './tally.ts';

/** Predicted numbers so far, as JSON, for resuming. */
export interface NumberCounts {
  /** `[target, prediction]` of each scored row. */
  readonly numbers: readonly (readonly [number, number])[];
  readonly unlabelled: number;
  /** Number of rows whose label is not a number. */
  readonly unreadable: number;
}

export interface NumberRowScores {
  readonly scores: RegressionScores;
  readonly intervals: ReturnType<typeof regressionIntervals>;
  readonly unlabelled: number;
  readonly unreadable: number;
  /** Fraction of rows whose number is inside the prediction interval; undefined without intervals. */
  readonly covered: number | undefined;
}

/** Compares predicted numbers with those of a column. Memory grows with the rows, as ranks need all of them. */
export class ScoredNumbers implements Tally<Pick<InputRow, 'label'>, Pick<NumberPrediction, 'value'>, NumberRowScores> {
  readonly #numbers: [number, number][] = [];
  #unlabelled: number;
  #unreadable: number;
  /** Distances of the interval's ends from a prediction, the same for all; undefined without intervals. */
  readonly #reach: ClassifierRecord['residuals'];

  constructor(
    { residuals }: Pick<ClassifierRecord, 'residuals'>,
    { numbers, unlabelled, unreadable }: NumberCounts = { numbers: [], unlabelled: 0, unreadable: 0 },
  ) {
    this.#reach = residuals;
    for (const [target, value] of numbers) this.#numbers.push([target, value]);
    this.#unlabelled = unlabelled;
    this.#unreadable = unreadable;
  }

  add({ label }: Pick<InputRow, 'label'>, { value }: Pick<NumberPrediction, 'value'>): void {
    if (label === undefined || label === null || (typeof label === 'string' && label.trim() === '')) {
      this.#unlabelled++;
      return;
    }
    const target = targetOf(label, { column: '', at: 0 });
    if (isFault(target)) {
      this.#unreadable++;
      return;
    }
    this.#numbers.push([target.number, value]);
  }

  get counts(): NumberCounts {
    return { numbers: this.#numbers, unlabelled: this.#unlabelled, unreadable: this.#unreadable };
  }

  /** undefined if no row has a number. */
  scores(): NumberRowScores | undefined {
    if (this.#numbers.length === 0) return undefined;
    const outcomes = {
      kind: 'numbers' as const,
      truth: Float64Array.from(this.#numbers, ([target]) => target),
      predicted: Float64Array.from(this.#numbers, ([, value]) => value),
    };
    return {
      scores: regressionScores(outcomes),
      intervals: regressionIntervals(outcomes),
      unlabelled: this.#unlabelled,
      unreadable: this.#unreadable,
      covered: this.#reach && this.#covered(this.#reach),
    };
  }

  #covered({ low, high }: { readonly low: number; readonly high: number }): number {
    return this.#numbers.filter(([target, value]) => target - value >= low && target - value <= high).length / this.#numbers.length;
  }
}
