import type { Kinds } from './kinds.ts';
import { placesOf, rankPlaces, type Places } from './ranks.ts';
import { explained, type RegressionOutcomes, type RegressionScore } from './regression-scores.ts';

/** Truth or predictions, one value per kind, with the buffers that ranks of a resample are counted in. */
interface Side {
  /** [kinds] */
  readonly values: Float64Array;
  /** [kinds] index of each value among the distinct values. */
  readonly places: Int32Array;
  /** [places] */
  readonly counts: Int32Array;
  /** [places] */
  readonly ranks: Float64Array;
}

export interface RegressionTallyParams {
  readonly outcomes: RegressionOutcomes;
  readonly places: RegressionPlaces;
  /** Texts of one kind have the same truth and the same prediction. */
  readonly kinds: Kinds;
}

/**
 * Scores of resamples of the same texts, each given as the number of texts per kind. Nothing is sorted again, so that a resample takes
 * O(n): its ranks are counted over known places, in the order of the values.
 */
export class RegressionTally {
  readonly #truth: Side;
  readonly #predicted: Side;
  /** [kinds] predicted minus true. */
  readonly #errors: Float64Array;

  constructor({ outcomes: { truth, predicted }, places, kinds }: RegressionTallyParams) {
    this.#truth = sideOf(truth, places.truth, kinds);
    this.#predicted = sideOf(predicted, places.predicted, kinds);
    this.#errors = Float64Array.from(kinds.examples, (text) => predicted[text]! - truth[text]!);
  }

  /** One score of a resample: `counts` [kinds] sum to n. Defined as in `regressionScores`. */
  score(name: RegressionScore, counts: Int32Array, n: number): number {
    switch (name) {
      case 'spearman':
        return this.#spearman(counts, n);
      case 'pearson':
        return this.#pearson(counts, n);
      case 'rmse':
        return Math.sqrt(this.#squared(counts) / n);
      case 'mae':
        return this.#absolute(counts) / n;
      case 'r2':
        return explained({ n, squared: this.#squared(counts), total: spread(this.#truth, counts, n) });
      default:
        return name satisfies never;
    }
  }

  #spearman(counts: Int32Array, n: number): number {
    const [a, b] = [this.#truth, this.#predicted];
    if (!varies(a, counts) || !varies(b, counts)) return NaN;
    rank(a, counts);
    rank(b, counts);
    const { places: aPlaces, ranks: aRanks } = a;
    const { places: bPlaces, ranks: bRanks } = b;
    const mean = (n + 1) / 2;
    let [both, first, second] = [0, 0, 0];
    for (let kind = 0; kind < counts.length; kind++) {
      const count = counts[kind]!;
      const x = aRanks[aPlaces[kind]!]! - mean;
      const y = bRanks[bPlaces[kind]!]! - mean;
      both += count * x * y;
      first += count * x * x;
      second += count * y * y;
    }
    return correlation(both, first, second);
  }

  #pearson(counts: Int32Array, n: number): number {
    if (!varies(this.#truth, counts) || !varies(this.#predicted, counts)) return NaN;
    const [a, b] = [this.#truth.values, this.#predicted.values];
    const [aMean, bMean] = [meanOf(a, counts, n), meanOf(b, counts, n)];
    let [both, first, second] = [0, 0, 0];
    for (let kind = 0; kind < counts.length; kind++) {
      const count = counts[kind]!;
      const x = a[kind]! - aMean;
      const y = b[kind]! - bMean;
      both += count * x * y;
      first += count * x * x;
      second += count * y * y;
    }
    return correlation(both, first, second);
  }

  #squared(counts: Int32Array): number {
    const errors = this.#errors;
    let sum = 0;
    for (let kind = 0; kind < counts.length; kind++) sum += counts[kind]! * errors[kind]! * errors[kind]!;
    return sum;
  }

  #absolute(counts: Int32Array): number {
    const errors = this.#errors;
    let sum = 0;
    for (let kind = 0; kind < counts.length; kind++) sum += counts[kind]! * Math.abs(errors[kind]!);
    return sum;
  }
}

/** Indices of the numbers of outcomes among their distinct values. */
export interface RegressionPlaces {
  readonly truth: Places;
  readonly predicted: Places;
}

export function regressionPlaces({ truth, predicted }: RegressionOutcomes): RegressionPlaces {
  return { truth: placesOf(truth), predicted: placesOf(predicted) };
}

/**
 * Kinds of texts with the same places in all columns, in the order of the first column: so that counting over the kinds of a resample
 * accesses memory in order, which saves about a third of the time with many texts.
 */
export function kindsOfPlaces([first, ...others]: readonly [Places, ...Places[]]): Kinds {
  const { of, distinct } = others.reduce(
    (before, column) => placesOf(Float64Array.from(before.of, (place, text) => place * column.distinct + column.of[text]!)),
    first,
  );
  const examples = new Int32Array(distinct);
  for (const [text, kind] of of.entries()) examples[kind] = text;
  return { of, examples };
}

function sideOf(values: Float64Array, { of, distinct }: Places, { examples }: Kinds): Side {
  return {
    values: Float64Array.from(examples, (text) => values[text]!),
    places: examples.map((text) => of[text]!),
    counts: new Int32Array(distinct),
    ranks: new Float64Array(distinct),
  };
}

function rank({ places, counts: ofPlaces, ranks }: Side, counts: Int32Array): void {
  ofPlaces.fill(0);
  for (let kind = 0; kind < counts.length; kind++) ofPlaces[places[kind]!]! += counts[kind]!;
  rankPlaces(ofPlaces, ranks);
}

/**
 * Whether a resample has two distinct values: checked on the values, because sums of equal ones are subject to rounding. Usually ends at
 * the second.
 */
function varies({ places }: Side, counts: Int32Array): boolean {
  let first = -1;
  for (let kind = 0; kind < counts.length; kind++) {
    if (counts[kind] === 0) continue;
    if (first === -1) first = places[kind]!;
    else if (places[kind] !== first) return true;
  }
  return false;
}

function meanOf(values: Float64Array, counts: Int32Array, n: number): number {
  let sum = 0;
  for (let kind = 0; kind < counts.length; kind++) sum += counts[kind]! * values[kind]!;
  return sum / n;
}

/** Sum of the squared deviations from the mean: in a second pass, because a resample's mean can be far from that of the whole. */
function spread(side: Side, counts: Int32Array, n: number): number {
  if (!varies(side, counts)) return 0;
  const { values } = side;
  const mean = meanOf(values, counts, n);
  let sum = 0;
  for (let kind = 0; kind < counts.length; kind++) sum += counts[kind]! * (values[kind]! - mean) ** 2;
  return sum;
}

function correlation(both: number, first: number, second: number): number {
  return Math.max(-1, Math.min(1, both / Math.sqrt(first * second)));
}
