import type { Encoder } from '../encoders/encoder.ts';
import type { VectorStore } from './store.ts';
import type { VectorSpec } from './vectors.ts';

export interface EmbedParams {
  readonly encoder: Encoder;
  readonly texts: readonly string[];
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
