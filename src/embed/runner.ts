import type { TextBatch } from './run-params.ts';

/** Computes vectors from token ids. */
export interface Runner {
  /** Vectors of a batch, for each spec [count, its width]; must be returned with `giveBack`. `ids` [count, length] is transferred. */
  run(batch: TextBatch): Promise<Float32Array[]>;
  /** Returns result buffers for reuse. */
  giveBack(vectors: readonly Float32Array[]): void;
  close(): Promise<void>;
}
