import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';
import type { ClassOutcomes } from '../../src/statistics/outcomes.ts';

type Pair = readonly [number, number];

interface Sample<Labels> {
  readonly truth: Labels[];
  readonly classes: number;
}

/** Scores of the first predictions, and of the second minus the first, over resamples that `writtenResamples` draws. */
interface Resampled<Labels> extends Sample<Labels> {
  readonly first: Labels[];
  readonly second: Labels[];
  readonly resamples: number;
  readonly confidence: number;
  readonly accuracy: ResampledScore;
  readonly micro_f1: ResampledScore;
  readonly macro_f1: ResampledScore;
}

export interface ResampledScore {
  readonly value: number;
  readonly interval: Pair;
  readonly difference: number;
  readonly of_difference: Pair;
  readonly p: number;
  /** Of the difference by its standard deviation. */
  readonly p_normal: number;
}

/** Results of scipy, statsmodels and scikit-learn on small cases; made by statistics.py in the folder of the file. */
export interface Reference {
  readonly holm: readonly { readonly ps: number[]; readonly adjusted: number[] }[];
  readonly wilson: readonly { readonly correct: number; readonly n: number; readonly confidence?: number; readonly interval: Pair }[];
  readonly newcombe: readonly { readonly first: Pair; readonly second: Pair; readonly confidence?: number; readonly interval: Pair }[];
  readonly mcnemar: readonly { readonly onlyFirst: number; readonly onlySecond: number; readonly p: number }[];
  readonly normal: readonly { readonly z: number; readonly p: number }[];
  readonly critical: readonly { readonly confidence: number; readonly z: number }[];
  /**
   * Columns: which texts each row has correct, which row is the best, p of each against it, Holm-corrected, and which are not significantly
   * different from it.
   */
  readonly groups: readonly {
    readonly n: number;
    readonly right: readonly number[][];
    readonly best: number;
    readonly ps: number[];
    readonly group: boolean[];
  }[];
  readonly bootstrap: Sample<number> & { readonly predicted: number[]; readonly accuracy: Pair; readonly macro_f1: Pair };
  readonly multi: Sample<number[]> & {
    readonly predicted: number[][];
    readonly accuracy: Pair;
    readonly micro_f1: Pair;
    readonly macro_f1: Pair;
  };
  readonly resampled: { readonly single: readonly Resampled<number>[]; readonly multi: readonly Resampled<number[]>[] };
}

export const REFERENCE = JSON.parse(
  readFileSync(path.join(packageRoot(), 'test', 'statistics', 'fixtures', 'statistics.json'), 'utf8'),
) as Reference;

/** Single-label. */
export function single(truth: readonly number[], predicted: readonly number[], classes: number): ClassOutcomes {
  return { kind: 'single', truth: Int32Array.from(truth), predicted: Int32Array.from(predicted), classes };
}

/** Multi-label. */
export function multi(truth: readonly number[][], predicted: readonly number[][], classes: number): ClassOutcomes {
  return {
    kind: 'multi',
    truth: truth.map((set) => Int32Array.from(set)),
    predicted: predicted.map((set) => Int32Array.from(set)),
    classes,
  };
}

/** The cases on written resamples, as outcomes. */
export const RESAMPLED = [
  ...REFERENCE.resampled.single.map((found) => ({
    found,
    first: single(found.truth, found.first, found.classes),
    second: single(found.truth, found.second, found.classes),
  })),
  ...REFERENCE.resampled.multi.map((found) => ({
    found,
    first: multi(found.truth, found.first, found.classes),
    second: multi(found.truth, found.second, found.classes),
  })),
];

/** Names of their scores, ours and the file's. */
export const SCORES = [
  ['accuracy', 'accuracy'],
  ['microF1', 'micro_f1'],
  ['macroF1', 'macro_f1'],
] as const;

/** [resamples, n] of the linear congruential generator that statistics.py uses. */
export function writtenResamples(resamples: number, n: number): Int32Array {
  let x = 1;
  return Int32Array.from({ length: resamples * n }, () => {
    x = (Math.imul(1103515245, x) + 12345) & 0x7fffffff;
    return (x >> 16) % n;
  });
}

/** Whether two numbers agree up to a fraction of the larger. */
export function near(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-300);
}
