import { labelNames } from '../../datasets/cells.ts';
import type { InputRow } from '../../datasets/input/input-row.ts';
import { bootstrapIntervals, type Intervals } from '../../statistics/bootstrap.ts';
import { scoresOf, type ClassOutcomes } from '../../statistics/outcomes.ts';
import type { Scores } from '../../statistics/scores.ts';
import type { Prediction } from '../prediction.ts';
import type { Tally } from './tally.ts';

/** Counts of true and predicted classes so far, as JSON, for resuming. */
export interface ScoredCounts {
  /** `[truth, predicted, count]`, classes by name, ascending in each. */
  readonly pairs: readonly (readonly [readonly string[], readonly string[], number])[];
  readonly unlabelled: number;
  /** Number of rows of which only the first label is used. */
  readonly several: number;
}

export interface RowScores {
  readonly scores: Scores;
  readonly intervals: Intervals;
  readonly unlabelled: number;
  readonly several: number;
  /** Labels unknown to the model, and the number of rows with each: most frequent first. */
  readonly unknown: readonly (readonly [string, number])[];
}

export interface ScoredParams {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** Separator of the labels in a cell. */
  readonly separator: string | undefined;
}

/** Compares predictions with the labels of a column. Memory grows with the pairs of classes, not with the rows. */
export class ScoredRows implements Tally<Pick<InputRow, 'label'>, Prediction, RowScores> {
  readonly #params: ScoredParams;
  readonly #pairs = new Map<string, { readonly truth: readonly string[]; readonly given: readonly string[]; times: number }>();
  #unlabelled = 0;
  #several = 0;

  constructor(params: ScoredParams, { pairs, unlabelled, several }: ScoredCounts = { pairs: [], unlabelled: 0, several: 0 }) {
    this.#params = params;
    this.#unlabelled = unlabelled;
    this.#several = several;
    for (const [truth, given, times] of pairs) this.#pairs.set(JSON.stringify([truth, given]), { truth, given, times });
  }

  add({ label }: Pick<InputRow, 'label'>, prediction: Prediction): void {
    const { multiLabel, separator } = this.#params;
    const names = labelNames(label, separator);
    if (names.length === 0) {
      this.#unlabelled++;
      return;
    }
    if (!multiLabel && names.length > 1) this.#several++;
    const truth = multiLabel ? names.toSorted() : names.slice(0, 1);
    const given = multiLabel ? prediction.labels!.map((each) => each.label).toSorted() : [prediction.label];
    const key = JSON.stringify([truth, given]);
    const pair = this.#pairs.get(key);
    if (pair === undefined) this.#pairs.set(key, { truth, given, times: 1 });
    else pair.times++;
  }

  get counts(): ScoredCounts {
    return {
      pairs: [...this.#pairs.values()].map(({ truth, given, times }) => [truth, given, times]),
      unlabelled: this.#unlabelled,
      several: this.#several,
    };
  }

  /** undefined if no row has a label. A label unknown to the model is a separate class, which is never predicted. */
  scores(): RowScores | undefined {
    // Sorted, as resamples depend on the order, and a resumed run counts in another.
    const pairs = [...this.#pairs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
    const unknown = new Map<string, number>();
    for (const { truth, times } of pairs) {
      for (const name of truth) if (!this.#params.classes.includes(name)) unknown.set(name, (unknown.get(name) ?? 0) + times);
    }
    const outcomes = outcomesOf(pairs, { ...this.#params, unknown: [...unknown.keys()] });
    if (outcomes.truth.length === 0) return undefined;
    return {
      scores: scoresOf(outcomes),
      intervals: bootstrapIntervals(outcomes),
      unlabelled: this.#unlabelled,
      several: this.#several,
      unknown: [...unknown].toSorted(([, a], [, b]) => b - a),
    };
  }
}

interface Pair {
  readonly truth: readonly string[];
  readonly given: readonly string[];
  readonly times: number;
}

function outcomesOf(
  pairs: readonly Pair[],
  { classes, multiLabel, unknown }: ScoredParams & { readonly unknown: readonly string[] },
): ClassOutcomes {
  const numbers = new Map([...classes, ...unknown].map((name, at) => [name, at]));
  const setOf = (names: readonly string[]) => Int32Array.from(names, (name) => numbers.get(name)!).toSorted();
  const each = <T>(of: (pair: Pair) => T): T[] => pairs.flatMap((pair) => Array.from({ length: pair.times }, () => of(pair)));
  const count = numbers.size;
  if (multiLabel)
    return { kind: 'multi', truth: each(({ truth }) => setOf(truth)), predicted: each(({ given }) => setOf(given)), classes: count };
  const of = (names: readonly string[]) => numbers.get(names[0]!)!;
  return {
    kind: 'single',
    truth: Int32Array.from(each(({ truth }) => of(truth))),
    predicted: Int32Array.from(each(({ given }) => of(given))),
    classes: count,
  };
}
