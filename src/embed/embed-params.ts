import type { Encoder } from '../encoders/encoder.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import type { VectorStore } from './store.ts';
import type { VectorSpec } from './vectors.ts';

export interface EmbedParams {
  readonly encoder: Encoder;
  /** Texts, and pairs of texts that are read together. */
  readonly texts: readonly EncoderInput[];
  readonly specs: readonly VectorSpec[];
  readonly store: VectorStore;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  readonly onProgress?: ((progress: EmbedProgress) => void) | undefined;
  /** Ends the run after the batches that are under way; what was computed is kept. The signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface EmbedProgress {
  /** Different texts that have their vectors. */
  readonly done: number;
  readonly total: number;
  /** Tokens run so far. */
  readonly tokens: number;
}
