import { labelNames } from '../../datasets/cells.ts';
import type { InputRow } from '../../datasets/input/input-row.ts';
import { bootstrapIntervals, type Intervals } from '../../statistics/bootstrap.ts';
import { scoresOf, type ClassOutcomes } from '../../statistics/outcomes.ts';
import type { Scores } from '../../statistics/scores.ts';
import type { Prediction } from '../prediction.ts';
import type { Tally } from './tally.ts';

/** How often texts of these classes were given those, as JSON: what is counted so far, to be gone on with. */
export interface ScoredCounts {
  /** `[truth, given, times]`, classes by name, ascending in each. */
  readonly pairs: readonly (readonly [readonly string[], readonly string[], number])[];
  readonly unlabelled: number;
  /** Rows of which only the first label counts. */
  readonly several: number;
}

export interface RowScores {
  readonly scores: Scores;
  readonly intervals: Intervals;
  readonly unlabelled: number;
  readonly several: number;
  /** Labels that the model lacks, and how many rows have each: most first. */
  readonly unknown: readonly (readonly [string, number])[];
}

export interface ScoredParams {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** What stands between the labels of a cell. */
  readonly separator: string | undefined;
}

/** Predictions beside the labels of a column. Memory grows with the pairs of classes, not with the rows. */
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

  /** undefined where no row has a label. A label that the model lacks is a class of its own, which no text is given. */
  scores(): RowScores | undefined {
    // In an order of their own: resamples depend on it, and a run that was gone on with counts as another.
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
