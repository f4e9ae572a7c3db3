import type { Matrix } from '../numeric/matrix.ts';
import type { EstimatorRuntime } from './runtime.ts';

/** Maximum numbers centred at a time, in float64: bounds memory for a large corpus. */
const TILE_NUMBERS = 4 << 20;
/** Relative to the vectors' squared length: smaller values are rounding errors of texts that are all equal. */
const NO_SPREAD = 1e-12;

/** (x - mean) * scale: changes the weights and the intercept of a linear model, but not what it can express. */
export interface Centring {
  /** [d] */
  readonly mean: Float64Array;
  readonly scale: number;
}

/** Vectors after centring, in float64. */
export interface CentredVectors {
  readonly vectors: Matrix;
  readonly centring: Centring;
}

/** To mean 0 and a mean squared length of 1. Vectors that are all equal keep their scale. */
export function unitCentring({ rows: n, cols: d, data }: Matrix): Centring {
  const mean = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += data[at]!;
  for (let j = 0; j < d; j++) mean[j]! /= n;
  let square = 0;
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) square += (data[at]! - mean[j]!) ** 2;
  square /= n;
  return { mean, scale: square <= NO_SPREAD * mean.reduce((sum, x) => sum + x * x, 0) ? 1 : 1 / Math.sqrt(square) };
}

/** Identity. */
export function noCentring({ cols }: Matrix): Centring {
  return { mean: new Float64Array(cols), scale: 1 };
}

export interface CentredTile {
  readonly from: number;
  readonly count: number;
  /** [count, d] */
  readonly rows: Float64Array;
}

/** Tiles of rows, limited in memory. Each is a new array. */
export function* centredTiles({ vectors: { rows: n, cols: d, data }, centring: { mean, scale } }: CentredVectors): Generator<CentredTile> {
  const tile = Math.max(1, Math.floor(TILE_NUMBERS / d));
  for (let from = 0; from < n; from += tile) {
    const count = Math.min(tile, n - from);
    const rows = new Float64Array(count * d);
    for (let i = 0, at = 0, source = from * d; i < count; i++) {
      for (let j = 0; j < d; j++, at++, source++) rows[at] = (data[source]! - mean[j]!) * scale;
    }
    yield { from, count, rows };
  }
}

/** Sum over texts of x xᵀ, [d, d], and of x y, [d]: for at most as many columns as rows. */
export async function columnProducts(
  centred: CentredVectors,
  targets: Float64Array,
  runtime: EstimatorRuntime,
): Promise<{ readonly gram: Float64Array; readonly products: Float64Array }> {
  const { cols: d } = centred.vectors;
  const gram = new Float64Array(d * d);
  const products = new Float64Array(d);
  for (const { from, count, rows } of centredTiles(centred)) {
    const part = await runtime.gram({ rows: count, cols: d, data: rows });
    for (let i = 0; i < gram.length; i++) gram[i]! += part[i]!;
    for (let i = 0, at = 0; i < count; i++) for (let j = 0; j < d; j++, at++) products[j]! += rows[at]! * targets[from + i]!;
  }
  return { gram, products };
}

/** Products between texts, [n, n], and the vectors as columns, [d, n]: for more columns than rows. */
export async function rowProducts(
  { vectors: { rows: n, cols: d, data }, centring: { mean, scale } }: CentredVectors,
  runtime: EstimatorRuntime,
): Promise<{ readonly gram: Float64Array; readonly columns: Float64Array }> {
  const columns = new Float64Array(d * n);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) columns[j * n + i] = (data[at]! - mean[j]!) * scale;
  return { gram: await runtime.gram({ rows: d, cols: n, data: columns }), columns };
}
