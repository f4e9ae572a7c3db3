import type { Outcomes } from './outcomes.ts';
import { middle, type Interval } from './quantile.ts';
import { Resampler } from './resample.ts';
import { Tally, TALLIED, type Tallied } from './tally.ts';

/** Of each score, as fractions. */
export type Intervals = Readonly<Record<Tallied, Interval>>;

/** Enough for two digits of a 95 % interval, and few enough to cost less than the search that gave the outcomes. */
const RESAMPLES = 1000;
export const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  readonly resamples?: number | undefined;
  readonly seed?: number | undefined;
  readonly confidence?: number | undefined;
}

/** Percentile intervals of the scores, texts drawn with replacement (Efron 1979). Throws DATA where there is no text. */
export function bootstrapIntervals(outcomes: Outcomes, { resamples = RESAMPLES, seed = 1, confidence = CONFIDENCE }: BootstrapOptions = {}): Intervals {
  const tally = new Tally(outcomes);
  const { kinds } = tally;
  const n = kinds.length;
  const resampler = new Resampler(seed);
  const rows = new Int32Array(n);
  const values = { accuracy: new Float64Array(resamples), microF1: new Float64Array(resamples), macroF1: new Float64Array(resamples) };
  const counts = new Float64Array(tally.size);
  const scores = { accuracy: 0, microF1: 0, macroF1: 0 };
  for (let i = 0; i < resamples; i++) {
    resampler.draw(rows, n);
    counts.fill(0);
    for (let j = 0; j < n; j++) counts[kinds[rows[j]!]!]!++;
    tally.score(counts, n, scores);
    for (const name of TALLIED) values[name][i] = scores[name];
  }
  return { accuracy: middle(values.accuracy, confidence), microF1: middle(values.microF1, confidence), macroF1: middle(values.macroF1, confidence) };
}
