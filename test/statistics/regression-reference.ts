import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';
import type { RegressionOutcomes, RegressionScore } from '../../src/statistics/regression-scores.ts';

type Pair = readonly [number, number];

export interface ScoredRegression extends Readonly<Record<RegressionScore, number | null>> {
  readonly name: string;
  readonly truth: number[];
  readonly predicted: number[];
}

export interface ResampledRegression {
  readonly name: string;
  readonly truth: number[];
  readonly first: number[];
  readonly second: number[];
  readonly resamples: number;
  readonly confidence: number;
  /** Of the first predictions, and of the second minus the first, over resamples that `writtenResamples` draws. */
  readonly scores: Readonly<
    Record<
      RegressionScore,
      {
        readonly value: number;
        readonly interval: Pair;
        readonly left_out: number;
        readonly difference: number;
        readonly of_difference: Pair;
        readonly p: number;
        readonly pair_left_out: number;
      }
    >
  >;
}

/** Results of scipy and scikit-learn on small cases; made by regression.py in the folder of the file. null: not a number. */
export const REGRESSION = JSON.parse(
  readFileSync(path.join(packageRoot(), 'test', 'statistics', 'fixtures', 'regression.json'), 'utf8'),
) as {
  readonly scores: readonly ScoredRegression[];
  readonly resampled: readonly ResampledRegression[];
};

export function real(truth: readonly number[], predicted: readonly number[]): RegressionOutcomes {
  return { truth: Float64Array.from(truth), predicted: Float64Array.from(predicted) };
}

/** Whether two numbers agree up to a fraction of the larger, or of 1; NaN only with null and NaN. */
export function agrees(found: number, expected: number | null, tolerance: number, size = 1): boolean {
  if (expected === null || Number.isNaN(expected)) return Number.isNaN(found);
  return Math.abs(found - expected) <= tolerance * Math.max(size, Math.abs(expected));
}
