import type { Encoder } from '../encoders/encoder.ts';
import { POOLINGS, type Pooling } from './vectors.ts';

/** What is trained: a pooling of texts, or `word`, the vectors of words by their first sub-tokens. */
export const TRAINED_POOLINGS = [...POOLINGS, 'word'] as const;
export type TrainedPooling = (typeof TRAINED_POOLINGS)[number];

/** An encoder, as far as it decides which pooling is trained. */
export type Trained = Pick<Encoder, 'depth' | 'causal'>;

/**
 * What is trained where nobody names a pooling: the first token, as Devlin et al. (2019) did; the mean of a static encoder, which has none;
 * the last token of an encoder whose first sees itself alone.
 */
export function trainedPooling(given: Pooling | undefined, { depth, causal }: Trained): Pooling {
  return given ?? (depth === 0 ? 'mean' : causal === true ? 'last' : 'cls');
}

/** Why it is another than the first token, a sentence; undefined where it is that. */
export function trainedPoolingNote({ depth, causal }: Trained): string | undefined {
  if (depth === 0) return 'It is a static encoder without a [CLS] token: fine-tuned with mean pooling.';
  return causal === true ? 'Its attention is causal: fine-tuned with last-token pooling.' : undefined;
}

/**
 * What texts are embedded by where nobody names a pooling: as the encoder was published, where its folder has a modules.json, else the
 * mean. Modules that cannot be followed are not passed over: the pooling is then one that ends with their reason.
 */
export function defaultPooling({ published }: Pick<Encoder, 'published'>): Pooling {
  return 'steps' in published || published.absent !== true ? 'as-published' : 'mean';
}
