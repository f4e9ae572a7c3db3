import { groupBy } from '../group-by.ts';
import { middle, type Interval } from './quantile.ts';
import { kendall, pearson, spearman, weightedTau } from './rank-correlation.ts';
import { Resampler } from './resample.ts';

/** What an estimate predicted for an encoder, and the encoder's score after fine-tuning. */
export interface Forecast {
  readonly dataset: string;
  readonly encoder: string;
  readonly estimate: number;
  /** In percentage points. */
  readonly outcome: number;
  /** The sample, if the estimate was made on one. Each sample counts as a forecast by itself. */
  readonly draw?: string | undefined;
}

const AGREEMENTS = ['pearson', 'spearman', 'kendall', 'weightedTau', 'regret', 'hit'] as const;
export type AgreementName = (typeof AGREEMENTS)[number];
export type Values = Readonly<Record<AgreementName, number>>;

/** How well an estimate selects encoders. */
export interface Agreement {
  /** undefined: mean over the datasets. */
  readonly dataset: string | undefined;
  readonly encoders: number;
  readonly values: Values;
  /** 95%, over the choice of encoders; undefined if there are too few. */
  readonly intervals: Readonly<Record<AgreementName, Interval>> | undefined;
}

/** Two encoders always agree or disagree entirely. */
export const FEWEST = 3;
const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** A resample of few encoders may consist of a single one: it is redrawn, at most this many times. */
const MOST_DRAWS = 100;

/**
 * Agreement of an estimate with the outcome, per dataset with at least three encoders (with several samples, their mean), then the mean
 * over datasets. Regret: points lost by picking the estimate's top encoder (with ties, their mean); hit: whether that is the best.
 * Intervals resample the encoders, the same in all datasets.
 */
export function agreement(forecasts: readonly Forecast[], { seed = 1 }: { readonly seed?: number | undefined } = {}): Agreement[] {
  const datasets = [...groupBy(forecasts, ({ dataset }) => dataset)].flatMap(([dataset, own]) => {
    const samples = [...groupBy(own, ({ draw }) => draw).values()].filter((each) => each.length >= FEWEST);
    return samples.length === 0 ? [] : [{ dataset, samples: samples.map(byEncoder) }];
  });
  if (datasets.length === 0) return [];
  const encoders = [...new Set(datasets.flatMap((dataset) => dataset.samples.flatMap((sample) => [...sample.keys()])))];
  const samples = draws(encoders, seed).map((drawn) =>
    datasets.map((dataset) => {
      if (new Set(drawn.filter((encoder) => dataset.samples[0]!.has(encoder))).size < FEWEST) return undefined;
      return meanOf(dataset.samples.map((sample) => valuesOf(drawn.flatMap((encoder) => sample.get(encoder) ?? []))));
    }),
  );
  const each = datasets.map((dataset, i): Agreement => ({
    dataset: dataset.dataset,
    encoders: dataset.samples[0]!.size,
    values: meanOf(dataset.samples.map((sample) => valuesOf([...sample.values()]))),
    intervals: intervalsOf(samples.map((all) => all[i])),
  }));
  const whole: Agreement = {
    dataset: undefined,
    encoders: encoders.length,
    values: meanOf(each.map(({ values }) => values)),
    intervals: intervalsOf(samples.map((all) => (all.includes(undefined) ? undefined : meanOf(all as Values[])))),
  };
  return [...each, whole];
}

function byEncoder(forecasts: readonly Forecast[]): ReadonlyMap<string, Forecast> {
  return new Map(forecasts.map((forecast) => [forecast.encoder, forecast]));
}

function valuesOf(forecasts: readonly Forecast[]): Values {
  const [x, y] = [forecasts.map(({ estimate }) => estimate), forecasts.map(({ outcome }) => outcome)];
  const best = Math.max(...y);
  const first = Math.max(...x);
  const taken = y.filter((_, i) => x[i] === first);
  return {
    ...correlations(x, y),
    regret: taken.reduce((sum, outcome) => sum + best - outcome, 0) / taken.length,
    hit: taken.filter((outcome) => outcome === best).length / taken.length,
  };
}

/**
 * An estimate that scores all encoders equally says nothing of their order: 0, not undefined. If the outcomes are all equal there is no
 * order to predict: undefined.
 */
function correlations(x: readonly number[], y: readonly number[]): Pick<Values, 'pearson' | 'spearman' | 'kendall' | 'weightedTau'> {
  if (x.every((value) => value === x[0]) && y.some((value) => value !== y[0]))
    return { pearson: 0, spearman: 0, kendall: 0, weightedTau: 0 };
  return { pearson: pearson(x, y), spearman: spearman(x, y), kendall: kendall(x, y), weightedTau: weightedTau(x, y) };
}

/** Datasets without a value (all encoders equal after fine-tuning) are omitted. */
function meanOf(all: readonly Values[]): Values {
  return Object.fromEntries(
    AGREEMENTS.map((name) => {
      const there = all.map((values) => values[name]).filter((value) => !Number.isNaN(value));
      return [name, there.reduce((sum, value) => sum + value, 0) / there.length];
    }),
  ) as unknown as Values;
}

function intervalsOf(samples: readonly (Values | undefined)[]): Agreement['intervals'] {
  const there = samples.filter((values) => values !== undefined);
  // If half of the resamples have no value, the others mean little.
  if (there.length < samples.length / 2) return undefined;
  return Object.fromEntries(
    AGREEMENTS.map((name) => {
      const values = Float64Array.from(there.map((each) => each[name]).filter((value) => !Number.isNaN(value)));
      return [name, values.length === 0 ? { low: Number.NaN, high: Number.NaN } : middle(values, CONFIDENCE)];
    }),
  ) as unknown as Agreement['intervals'];
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
