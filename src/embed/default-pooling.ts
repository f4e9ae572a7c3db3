import type { Encoder } from '../encoders/encoder.ts';
import { POOLINGS, type Pooling } from './vectors.ts';

/** What is fine-tuned: a pooling of texts, or `word`, the vectors of words by their first sub-tokens. */
export const TRAINED_POOLINGS = [...POOLINGS, 'word'] as const;
export type TrainedPooling = (typeof TRAINED_POOLINGS)[number];

/** The properties of an encoder that determine its default pooling for training. */
export type Trained = Pick<Encoder, 'depth' | 'causal'>;

/**
 * Default pooling for training: the first token, as in Devlin et al. (2019); the mean for a static encoder, which has no CLS token; the
 * last token for a causal encoder, whose first token only attends to itself.
 */
export function trainedPooling(given: Pooling | undefined, { depth, causal }: Trained): Pooling {
  return given ?? (depth === 0 ? 'mean' : causal === true ? 'last' : 'cls');
}

/** Why it differs from the first token, in a sentence; undefined if it does not. */
export function trainedPoolingNote({ depth, causal }: Trained): string | undefined {
  if (depth === 0) return 'It is a static encoder without a [CLS] token: fine-tuned with mean pooling.';
  return causal === true ? 'Its attention is causal: fine-tuned with last-token pooling.' : undefined;
}

/**
 * Default pooling for embedding: as published, if the encoder's folder has a modules.json, else the mean. Modules that cannot be applied
 * are not ignored: the pooling then throws with their reason.
 */
export function defaultPooling({ published }: Pick<Encoder, 'published'>): Pooling {
  return 'steps' in published || published.absent !== true ? 'as-published' : 'mean';
}
