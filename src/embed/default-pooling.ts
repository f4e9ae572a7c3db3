import type { Encoder } from '../encoders/encoder.ts';
import type { Pooling } from './vectors.ts';

/**
 * What texts are embedded by where nobody names a pooling: as the encoder was published, where its folder has a modules.json, else the mean.
 * Modules that cannot be followed are not passed over: the pooling is then one that ends with their reason.
 */
export function defaultPooling({ published }: Pick<Encoder, 'published'>): Pooling {
  return 'steps' in published || published.absent !== true ? 'as-published' : 'mean';
}
