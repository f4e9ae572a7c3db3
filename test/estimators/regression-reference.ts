import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Targeted } from '../../src/estimators/targeted.ts';
import { packageRoot } from '../../src/home.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { shared, unlessShared } from '../shared.ts';

export interface RegressionCase {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly vectors: number[];
  readonly targets: number[];
  /** [penalties] held-out mean squared errors. */
  readonly errors: number[];
  readonly penalty: number;
  /** [penalties, rows] */
  readonly left_out: number[][];
  /** [3, cols] */
  readonly others: number[];
  /** [penalties, 3] */
  readonly predicted: number[][];
  readonly logme_published: number;
  readonly logme: number | null;
}

/** Results of scikit-learn and numpy on small cases; made by regression.py in the folder of the file. */
export const REGRESSION = JSON.parse(
  readFileSync(path.join(packageRoot(), 'test', 'estimators', 'fixtures', 'regression.json'), 'utf8'),
) as {
  readonly cases: readonly RegressionCase[];
  readonly neighbours: {
    readonly rows: number;
    readonly cols: number;
    readonly corpus: number[];
    readonly queries: number[];
    readonly targets: number[];
    readonly predicted: Readonly<Record<string, number[]>>;
  };
};

export function targetedOf({ rows, cols, vectors, targets }: RegressionCase): Targeted {
  return { vectors: matrix(rows, cols, Float32Array.from(vectors)), targets: Float64Array.from(targets) };
}

/** Scores by name; null if undefined in scipy. */
export type OracleScores = Readonly<Record<'pearson' | 'spearman' | 'r2' | 'mae' | 'rmse', number | null>>;

export interface RegressionOracle {
  readonly knn: Readonly<Record<string, OracleScores | number>>;
  readonly ridge: Readonly<Record<string, OracleScores>>;
  readonly metrics: Readonly<
    Record<string, OracleScores & { readonly gold: number[]; readonly predicted: number[]; readonly error?: string }>
  >;
  readonly logme: Readonly<Record<string, number>>;
}

/** Why the shared oracle of regression is skipped, if it is. */
export const SHARED_REGRESSION = unlessShared('tasks', 'oracles', 'regression.json');

export function sharedRegression(): RegressionOracle {
  return JSON.parse(readFileSync(shared('tasks', 'oracles', 'regression.json'), 'utf8')) as RegressionOracle;
}

/** Its vectors and targets, its numbers, and its tensors by name. */
export function sharedContinuous(): Targeted & {
  readonly oracle: RegressionOracle;
  readonly tensor: (name: string) => Float64Array | Int32Array;
} {
  const { tensors: own } = readSafetensors(readFileSync(shared('tasks', 'oracles', 'regression.safetensors')), 'regression');
  const { tensors } = readSafetensors(readFileSync(shared('oracles', 'estimators', 'estimators.safetensors')), 'estimators');
  const { shape, data } = tensors.get('X_cont')!;
  return {
    vectors: matrix(shape[0]!, shape[1]!, Float32Array.from(data as Float32Array)),
    targets: own.get('y_real')!.data as Float64Array,
    oracle: sharedRegression(),
    tensor: (name) => own.get(name)!.data as Float64Array | Int32Array,
  };
}

/** Largest difference of two lists, relative to the largest expected number. */
export function deviation(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  const size = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  return (
    Array.from(found).reduce((most, value, i) => (Math.abs(value - expected[i]!) <= most ? most : Math.abs(value - expected[i]!)), 0) / size
  );
}
