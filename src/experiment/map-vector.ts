import { checkPoolings } from '../embed/static-poolings.ts';
import { pooledVectors, type PooledVector, type Pooling } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, option } from '../errors.ts';

/** What a map is of. Throws OPTION where the encoder lacks the pooling. */
export function mapVector({ name, depth, published }: Encoder, pooling: Pooling): PooledVector {
  const [vector] = pooledVectors({
    poolings: [pooling],
    layers: 'last',
    layerMeans: ['0..L'],
    depth,
    published: 'steps' in published ? published : undefined,
    encoder: name,
  });
  if (vector !== undefined) return vector;
  checkPoolings([pooling], { name, depth });
  throw new HarnessError('OPTION', {
    where: option('pooling'),
    what: `${name} has no pooling ${pooling}${'reason' in published ? `: ${published.reason}` : '.'}`,
    hint: 'Give another.',
  });
}
