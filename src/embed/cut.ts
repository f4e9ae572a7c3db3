import type { Encoder } from '../encoders/encoder.ts';
import { stateWidth } from '../encoders/state-width.ts';
import { HarnessError, option } from '../errors.ts';
import { matrix, row, type Matrix } from '../numeric/matrix.ts';
import { scaleToUnit } from './unit.ts';
import { isUnit, specWidth, type PooledVector, type VectorSpec } from './vectors.ts';

/** What is said of a vector that is shorter than what is to be kept of it. */
export interface CutVector extends Pick<PooledVector, 'pooling' | 'dim' | 'spec'> {
  /** For messages. */
  readonly encoder: string;
}

/**
 * The first `dim` numbers of each vector (Matryoshka embeddings, Kusupati et al. 2022), scaled to length 1 again where whole vectors are; all
 * of them where `dim` is undefined. Throws OPTION where vectors have fewer.
 */
export function cutVectors(vectors: Matrix, { dim, spec, ...about }: CutVector): Matrix {
  if (dim === undefined || dim === vectors.cols) return vectors;
  if (dim > vectors.cols) throw tooShort({ ...about, dim, width: vectors.cols });
  const cut = matrix(vectors.rows, dim);
  for (let i = 0; i < vectors.rows; i++) {
    const kept = row(cut, i);
    kept.set(row(vectors, i).subarray(0, dim));
    if (isUnit(spec)) scaleToUnit(kept);
  }
  return cut;
}

interface TooShort {
  readonly encoder: string;
  readonly pooling: string;
  readonly dim: number;
  readonly width: number;
}

/** The error for vectors with fewer numbers than are to be kept. */
export function tooShort({ encoder, pooling, dim, width }: TooShort): HarnessError {
  return new HarnessError('OPTION', {
    where: option('dim'),
    what: `The ${pooling} vectors of ${encoder} have ${width} numbers, fewer than ${dim}.`,
    hint: `Give ${width} at most, or leave it out for whole vectors.`,
  });
}

/** Numbers in a vector where it is cut. */
export function cutWidth(width: number, dim: number | undefined): number {
  return Math.min(width, dim ?? Infinity);
}

/**
 * The error for the vectors of an encoder that have fewer numbers than are to be kept of them; undefined where they have enough, or its graph
 * does not say.
 */
export function tooFewNumbers({ name, model, states }: Pick<Encoder, 'name' | 'model' | 'states'>): (vector: PooledVector) => HarnessError | undefined {
  const state = stateWidth(model, states);
  return ({ pooling, dim, spec }) => {
    if (state === undefined || dim === undefined) return undefined;
    const width = specWidth(spec, state);
    return dim <= width ? undefined : tooShort({ encoder: name, pooling, dim, width });
  };
}

/** Vectors of a spec, from wherever they are kept. */
export interface Loading {
  readonly load: (spec: VectorSpec) => Promise<Matrix>;
}

/** Vectors as a row of the table says them. Throws OPTION where they have fewer numbers than are to be kept. */
export async function loadVectors({ load }: Loading, vector: CutVector): Promise<Matrix> {
  return cutVectors(await load(vector.spec), vector);
}

