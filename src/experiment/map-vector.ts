import { checkPoolings } from '../embed/static-poolings.ts';
import { tooFewNumbers } from '../embed/cut.ts';
import { pooledVectors, type PooledVector, type Pooling } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, option } from '../errors.ts';
import type { MapSettings } from './settings.ts';

/** The error for an encoder whose vectors have fewer dimensions than are to be kept. Throws OPTION if it lacks the pooling. */
export function shortMapped(encoder: Encoder, { pooling, dim }: Pick<MapSettings, 'pooling' | 'dim'>): HarnessError | undefined {
  return tooFewNumbers(encoder)({ ...mapVector(encoder, pooling), dim });
}

/** Throws OPTION if an encoder lacks the pooling, or if the vectors of all of them have fewer dimensions than are to be kept. */
export function checkMapped(encoders: readonly Encoder[], settings: Pick<MapSettings, 'pooling' | 'dim'>): void {
  const short = encoders.flatMap((encoder) => shortMapped(encoder, settings) ?? []);
  if (encoders.length > 0 && short.length === encoders.length) throw short[0]!;
}

/** The vector that a map projects. Throws OPTION if the encoder lacks the pooling. */
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
    hint: 'Choose another pooling.',
  });
}
