import type { Encoder } from '../encoders/encoder.ts';
import type { Depth, Pooling } from './vectors.ts';

/** What is trained where nobody names a pooling: the first token, as Devlin et al. (2019) did; the mean of a static encoder, which has none. */
export function trainedPooling(given: Pooling | undefined, { depth }: Depth): Pooling {
  return given ?? (depth === 0 ? 'mean' : 'cls');
}

/**
 * What texts are embedded by where nobody names a pooling: as the encoder was published, where its folder has a modules.json, else the mean.
 * Modules that cannot be followed are not passed over: the pooling is then one that ends with their reason.
 */
export function defaultPooling({ published }: Pick<Encoder, 'published'>): Pooling {
  return 'steps' in published || published.absent !== true ? 'as-published' : 'mean';
}
