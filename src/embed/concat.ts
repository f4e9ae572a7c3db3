import { closeRows, rowSource, type Rows } from '../numeric/rows.ts';
import type { RowSource } from '../numeric/row-source.ts';
import { writeRows, type RowsPlace } from './cut.ts';

/**
 * Normalisation of each encoder's vectors before concatenation: none (as published), unit length, or each feature to mean 0 and standard
 * deviation 1 (scikit-learn's StandardScaler: population standard deviation, constant features set to 0).
 */
export const CONCAT_NORMS = ['raw', 'l2', 'zscore'] as const;
export type ConcatNorm = (typeof CONCAT_NORMS)[number];

export interface ConcatParams {
  readonly norm: ConcatNorm;
  /** Rows that mean and standard deviation are computed from. Default: all. */
  readonly fitOn?: ((row: number) => boolean) | undefined;
  readonly rows: number;
  /** Dimensions of each member's vectors. */
  readonly widths: readonly number[];
  /** Vectors of member i [rows, widths[i]]; loaded one at a time, not kept, and closed. */
  readonly load: (member: number) => Promise<Rows>;
  readonly place: RowsPlace;
}

/** Concatenated vectors of several encoders [rows, sum of widths]; the caller closes them. Throws STORE as `loadRows`, and as `load`. */
export async function concat({ norm, fitOn = () => true, rows, widths, load, place }: ConcatParams): Promise<Rows> {
  const cols = widths.reduce((sum, width) => sum + width, 0);
  return writeRows({ rows, cols, ...place }, async (set) => {
    let from = 0;
    for (const [member, width] of widths.entries()) {
      const vectors = await load(member);
      try {
        const source = rowSource(vectors);
        const normalise = normaliser(source, norm, fitOn);
        for (let i = 0; i < rows; i++) {
          const at = source.at(i);
          set(i, normalise(source.data.subarray(at, at + width)), from);
        }
      } finally {
        closeRows(vectors);
      }
      from += width;
    }
  });
}

/** A function that normalises a vector for the concatenation; its result is overwritten by the next call; sums in float64. */
function normaliser(source: RowSource, norm: ConcatNorm, fitOn: (row: number) => boolean): (vector: Float32Array) => Float32Array {
  const { cols } = source;
  const result = new Float32Array(cols);
  switch (norm) {
    case 'raw':
      return (vector) => vector;
    case 'l2':
      return (vector) => {
        const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
        for (let j = 0; j < cols; j++) result[j] = length > 0 ? vector[j]! / length : vector[j]!;
        return result;
      };
    case 'zscore': {
      const { mean, deviation } = standards(source, fitOn);
      return (vector) => {
        for (let j = 0; j < cols; j++) result[j] = (vector[j]! - mean[j]!) / (deviation[j]! > 0 ? deviation[j]! : 1);
        return result;
      };
    }
    default:
      return norm satisfies never;
  }
}

/** Mean and population standard deviation of each column, over the rows that are fitted. */
function standards(source: RowSource, fitOn: (row: number) => boolean): { mean: Float64Array; deviation: Float64Array } {
  const { rows, cols, data } = source;
  const mean = new Float64Array(cols);
  const square = new Float64Array(cols);
  let fitted = 0;
  const fit = (take: (at: number) => void): void => {
    for (let i = 0; i < rows; i++) if (fitOn(i)) take(source.at(i));
  };
  fit((at) => {
    fitted++;
    for (let j = 0; j < cols; j++) mean[j]! += data[at + j]!;
  });
  for (let j = 0; j < cols; j++) mean[j]! /= Math.max(1, fitted);
  fit((at) => {
    for (let j = 0; j < cols; j++) square[j]! += (data[at + j]! - mean[j]!) ** 2;
  });
  return { mean, deviation: square.map((sum) => Math.sqrt(sum / Math.max(1, fitted))) };
}
