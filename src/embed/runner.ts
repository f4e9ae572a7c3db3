import type { RunParams } from './worker.ts';

/** What makes vectors of token ids. */
export interface Runner {
  /** Vectors of a batch, for each spec [count, its width]; to be given back. `ids` [count, length] is taken over. */
  run(batch: Omit<RunParams, 'spent'>): Promise<Float32Array[]>;
  /** Takes results back that are done with. */
  giveBack(vectors: readonly Float32Array[]): void;
  close(): Promise<void>;
}
