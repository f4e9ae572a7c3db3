/** What a budget counts: milliseconds, or passes of texts, which are the same on every machine. */
export type Unit = 'ms' | 'passes';

/** Passes of a text that a step of training takes: one forward, and a backward one of about twice its cost. */
export const PASSES_OF_A_STEP = 3;

export interface TrainingShape {
  /** Texts of each split. */
  readonly train: number;
  readonly dev: number;
  readonly test: number;
  readonly epochs: number;
  /** A head classifies dev; otherwise its neighbours in train do, which are embedded with it. */
  readonly byHead: boolean;
}

/**
 * Passes of texts of one training, exactly: all texts before it; in each epoch those of train, three times, and what classifies dev; all
 * texts by the best weights.
 */
export function trainingPasses({ train, dev, test, epochs, byHead }: TrainingShape): number {
  const all = train + dev + test;
  return all + epochs * (PASSES_OF_A_STEP * train + (byHead ? 0 : train) + dev) + all;
}
