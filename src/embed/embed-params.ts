import type { Encoder } from '../encoders/encoder.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import type { VectorStore } from './store.ts';
import type { VectorSpec } from './vectors.ts';

export interface EmbedParams {
  readonly encoder: Encoder;
  /** Texts, and text pairs encoded as one input. */
  readonly texts: readonly EncoderInput[];
  readonly specs: readonly VectorSpec[];
  readonly store: VectorStore;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
  /** Aborts after the batches in progress; computed vectors are kept. Throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface EmbedProgress {
  /** Distinct texts that have their vectors. */
  readonly done: number;
  readonly total: number;
  /** Tokens encoded so far. */
  readonly tokens: number;
}
