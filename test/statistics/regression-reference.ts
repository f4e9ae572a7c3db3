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
  /** Of the first predictions, and of the second less the first, over resamples that `writtenResamples` draws. */
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

/** What scipy and scikit-learn make of small cases; regression.py beside the file made it. null: not a number. */
export const REGRESSION = JSON.parse(
  readFileSync(path.join(packageRoot(), 'test', 'statistics', 'fixtures', 'regression.json'), 'utf8'),
) as {
  readonly scores: readonly ScoredRegression[];
  readonly resampled: readonly ResampledRegression[];
};

export function real(truth: readonly number[], predicted: readonly number[]): RegressionOutcomes {
  return { truth: Float64Array.from(truth), predicted: Float64Array.from(predicted) };
}

/** Whether two numbers agree to a share of the larger, or of 1; NaN with null and NaN alone. */
export function agrees(found: number, expected: number | null, tolerance: number, size = 1): boolean {
  if (expected === null || Number.isNaN(expected)) return Number.isNaN(found);
  return Math.abs(found - expected) <= tolerance * Math.max(size, Math.abs(expected));
}
