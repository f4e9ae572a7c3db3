import type { Encoder } from '../encoders/encoder.ts';
import { stateWidth } from '../encoders/state-width.ts';
import { HarnessError, option, reason } from '../errors.ts';
import { matrix, row, type Matrix } from '../numeric/matrix.ts';
import { closeRows, makeRows, type MakeRows, type Rows, type RowSink } from '../numeric/rows.ts';
import type { Embedded } from './embed.ts';
import { scaleToUnit } from './unit.ts';
import { isUnit, specWidth, type PooledVector, type VectorSpec } from './vectors.ts';

/** Describes a vector, for the error if it is shorter than requested. */
export interface CutVector extends Pick<PooledVector, 'pooling' | 'dim' | 'spec'> {
  /** For messages. */
  readonly encoder: string;
}

/**
 * The first `dim` dimensions of each vector (Matryoshka embeddings, Kusupati et al. 2022), normalised to length 1 again if the full vectors
 * are; all of them if `dim` is undefined. Throws OPTION if vectors have fewer.
 */
export function cutVectors(vectors: Matrix, { dim, spec, ...about }: CutVector): Matrix {
  if (dim === undefined || dim === vectors.cols) return vectors;
  if (dim > vectors.cols) throw tooShort({ ...about, dim, width: vectors.cols });
  const result = matrix(vectors.rows, dim);
  for (let i = 0; i < vectors.rows; i++) result.data.set(cut(row(vectors, i), dim, spec), i * dim);
  return result;
}

function cut(vector: Float32Array, dim: number, spec: VectorSpec): Float32Array {
  const kept = vector.slice(0, dim);
  if (isUnit(spec)) scaleToUnit(kept);
  return kept;
}

interface TooShort {
  readonly encoder: string;
  readonly pooling: string;
  readonly dim: number;
  readonly width: number;
}

/** The error for vectors with fewer dimensions than are to be kept. */
export function tooShort({ encoder, pooling, dim, width }: TooShort): HarnessError {
  return new HarnessError('OPTION', {
    where: option('dim'),
    what: `The ${pooling} vectors of ${encoder} have ${width} dimensions, fewer than ${dim}.`,
    hint: `Give at most ${width}, or omit it for whole vectors.`,
  });
}

/** Dimensions of a vector after truncation. */
export function cutWidth(width: number, dim: number | undefined): number {
  return Math.min(width, dim ?? Infinity);
}

/**
 * The error for the vectors of an encoder with fewer dimensions than are to be kept; undefined if they have enough, or its graph does not
 * declare the width.
 */
export function tooFewNumbers({
  name,
  model,
  states,
}: Pick<Encoder, 'name' | 'model' | 'states'>): (vector: PooledVector) => HarnessError | undefined {
  const state = stateWidth(model, states);
  return ({ pooling, dim, spec }) => {
    if (state === undefined || dim === undefined) return undefined;
    const width = specWidth(spec, state);
    return dim <= width ? undefined : tooShort({ encoder: name, pooling, dim, width });
  };
}

/** Source of vectors by spec. */
export type Loading = Pick<Embedded, 'load'>;

/** Vectors as described by a row of the table. Throws OPTION if they have fewer dimensions than are to be kept. */
export async function loadVectors({ load }: Loading, vector: CutVector): Promise<Matrix> {
  return cutVectors(await load(vector.spec), vector);
}

/** Where rows are written that do not fit into memory. */
export type RowsPlace = Pick<MakeRows, 'folder' | 'heldBytes'>;

/**
 * The same, in a file if they do not fit into memory: the caller closes it. Throws OPTION as `loadVectors`, STORE if the file cannot be
 * written.
 */
export async function loadRows(embedded: Pick<Embedded, 'each' | 'width' | 'rows'>, vector: CutVector, place: RowsPlace): Promise<Rows> {
  const { dim, spec, ...about } = vector;
  const width = embedded.width(spec);
  if (dim !== undefined && dim > width) throw tooShort({ ...about, dim, width });
  return writeRows({ rows: embedded.rows, cols: dim ?? width, ...place }, async (set) => {
    await embedded.each(spec, (i, whole) => set(i, dim === undefined || dim === width ? whole : cut(whole, dim, spec)));
  });
}

/** Rows set by `write`. Throws STORE if there is no room for them, and as `write`. */
export async function writeRows(params: MakeRows, write: (set: RowSink['set']) => Promise<void>): Promise<Rows> {
  const { rows, set } = await makeRows(params).catch((error: unknown) => noPlace(params, error));
  try {
    await write((...values) => {
      try {
        set(...values);
      } catch (error) {
        noPlace(params, error);
      }
    });
    return rows;
  } catch (error) {
    closeRows(rows);
    throw error;
  }
}

function noPlace({ folder, rows, cols }: MakeRows, error: unknown): never {
  const size = Math.ceil((rows * cols * Float32Array.BYTES_PER_ELEMENT) / 2 ** 20);
  const what = `${size} MB of vectors for the search cannot be written (${reason(error)}).`;
  throw new HarnessError(
    'STORE',
    { where: folder, what, hint: `Free disk space or give another folder with ${option('cache')}.` },
    { cause: error },
  );
}
