import { middle, type Interval } from './quantile.ts';
import { kendall, pearson, spearman, weightedTau } from './rank-correlation.ts';
import { Resampler } from './resample.ts';

/** What an estimate said of an encoder, and what it came to when it was trained. */
export interface Forecast {
  readonly dataset: string;
  readonly encoder: string;
  readonly estimate: number;
  /** In points. */
  readonly outcome: number;
}

const AGREEMENTS = ['pearson', 'spearman', 'kendall', 'weightedTau', 'regret', 'hit'] as const;
export type AgreementName = (typeof AGREEMENTS)[number];
export type Values = Readonly<Record<AgreementName, number>>;

/** How well an estimate picks encoders. */
export interface Agreement {
  /** undefined: mean over the data sets. */
  readonly dataset: string | undefined;
  readonly encoders: number;
  readonly values: Values;
  /** 95 %, over which encoders there are; undefined where they are too few. */
  readonly intervals: Readonly<Record<AgreementName, Interval>> | undefined;
}

/** Two always agree or disagree entirely. */
export const FEWEST = 3;
const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** A resample of few encoders may be of one alone: it is drawn again, so often at most. */
const MOST_DRAWS = 100;

/**
 * Agreement of an estimate with the outcome, for each data set with at least three encoders, then their mean. Regret: points lost by taking
 * the estimate's first (of equal firsts, their mean); hit: whether that is the best. Intervals resample the encoders, the same in all data sets.
 */
export function agreement(forecasts: readonly Forecast[], { seed = 1 }: { readonly seed?: number | undefined } = {}): Agreement[] {
  const datasets = [...new Set(forecasts.map(({ dataset }) => dataset))].map((dataset) => ({ dataset, own: forecasts.filter((each) => each.dataset === dataset) })).filter(({ own }) => own.length >= FEWEST);
  if (datasets.length === 0) return [];
  const encoders = [...new Set(datasets.flatMap(({ own }) => own.map(({ encoder }) => encoder)))];
  const samples = draws(encoders, seed).map((sample) => datasets.map(({ own }) => {
    const drawn = sample.flatMap((encoder) => own.filter((each) => each.encoder === encoder));
    return new Set(drawn.map(({ encoder }) => encoder)).size < FEWEST ? undefined : valuesOf(drawn);
  }));
  const each = datasets.map(({ dataset, own }, i): Agreement => ({ dataset, encoders: own.length, values: valuesOf(own), intervals: intervalsOf(samples.map((all) => all[i])) }));
  const whole: Agreement = {
    dataset: undefined,
    encoders: encoders.length,
    values: meanOf(each.map(({ values }) => values)),
    intervals: intervalsOf(samples.map((all) => (all.includes(undefined) ? undefined : meanOf(all as Values[])))),
  };
  return [...each, whole];
}

function valuesOf(forecasts: readonly Forecast[]): Values {
  const [x, y] = [forecasts.map(({ estimate }) => estimate), forecasts.map(({ outcome }) => outcome)];
  const best = Math.max(...y);
  const first = Math.max(...x);
  const taken = y.filter((_, i) => x[i] === first);
  return {
    pearson: pearson(x, y), spearman: spearman(x, y), kendall: kendall(x, y), weightedTau: weightedTau(x, y),
    regret: taken.reduce((sum, outcome) => sum + best - outcome, 0) / taken.length,
    hit: taken.filter((outcome) => outcome === best).length / taken.length,
  };
}

function meanOf(all: readonly Values[]): Values {
  return Object.fromEntries(AGREEMENTS.map((name) => [name, all.reduce((sum, values) => sum + values[name], 0) / all.length])) as unknown as Values;
}

function intervalsOf(samples: readonly (Values | undefined)[]): Agreement['intervals'] {
  const there = samples.filter((values) => values !== undefined);
  // Where half of the resamples say nothing, the rest say little.
  if (there.length < samples.length / 2) return undefined;
  return Object.fromEntries(AGREEMENTS.map((name) => {
    const values = Float64Array.from(there.map((each) => each[name]).filter((value) => !Number.isNaN(value)));
    return [name, values.length === 0 ? { low: Number.NaN, high: Number.NaN } : middle(values, CONFIDENCE)];
  })) as unknown as Agreement['intervals'];
}

function draws(encoders: readonly string[], seed: number): string[][] {
  const resampler = new Resampler(seed);
  const rows = new Int32Array(encoders.length);
  return Array.from({ length: RESAMPLES }, () => {
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      resampler.draw(rows, encoders.length);
      if (new Set(rows).size >= FEWEST) break;
    }
    return Array.from(rows, (row) => encoders[row]!);
  });
}
