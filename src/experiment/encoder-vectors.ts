import type { Dataset } from '../datasets/dataset.ts';
import { type PooledVector, pooledVectors, withDims } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { Failure } from '../results/row.ts';
import { type Member, ofVector, promptOf } from './grid.ts';
import type { Settings } from './settings.ts';

/** What is known about an encoder's vectors; if it is not on this disk yet, only its depth. */
export type VectorSource = Pick<Encoder, 'depth'> & Partial<Pick<Encoder, 'published'>>;

/** Throws OPTION for layers that the encoder does not have. */
export function encoderVectors(
  { depth, published }: VectorSource,
  name: string,
  { poolings, layers, layerMeans, dims }: Settings,
): PooledVector[] {
  const whole = pooledVectors({
    poolings,
    layers,
    layerMeans,
    depth,
    published: published !== undefined && 'steps' in published ? published : undefined,
    encoder: name,
  });
  return withDims(whole, dims);
}

/** Requested vectors that an encoder does not have: unsupported poolings, and vectors with fewer dimensions than are to be kept. */
export function absentVectors(
  { name, encoder: { published }, lacking, identity }: Member,
  { dataset, settings }: { dataset: Dataset; settings: Settings },
): Failure[] {
  const about = { encoder: name, dataset: dataset.key, prompt: promptOf(identity) };
  const short = new Map(
    lacking.map(({ vector, error }) => [JSON.stringify(ofVector(vector)), { ...about, ...ofVector(vector), reason: error.message }]),
  );
  const unpooled = settings.poolings.includes('as-published') && 'reason' in published;
  return [...(unpooled ? [{ ...about, pooling: 'as-published', reason: published.reason }] : []), ...short.values()];
}
