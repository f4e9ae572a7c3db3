import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';

type Pair = readonly [number, number];

/** What scipy, statsmodels and scikit-learn make of small cases; perf/peers/statistics.py made it. */
export interface Reference {
  readonly holm: readonly { readonly ps: number[]; readonly adjusted: number[] }[];
  readonly wilson: readonly { readonly correct: number; readonly n: number; readonly interval: Pair }[];
  readonly newcombe: readonly { readonly first: Pair; readonly second: Pair; readonly interval: Pair }[];
  readonly mcnemar: readonly { readonly onlyFirst: number; readonly onlySecond: number; readonly p: number }[];
  readonly normal: readonly { readonly z: number; readonly p: number }[];
  readonly bootstrap: { readonly truth: number[]; readonly predicted: number[]; readonly classes: number; readonly accuracy: Pair; readonly macro_f1: Pair };
  readonly multi: { readonly truth: number[][]; readonly predicted: number[][]; readonly classes: number; readonly accuracy: Pair; readonly micro_f1: Pair; readonly macro_f1: Pair };
}

export const REFERENCE = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'statistics', 'fixtures', 'statistics.json'), 'utf8')) as Reference;

/** Whether two numbers agree to a share of the larger. */
export function near(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-300);
}
