/** Unit of a budget: milliseconds, or text passes, which are the same on every machine. */
export type Unit = 'ms' | 'passes';

/** Text passes per training step: one forward pass and a backward pass of about twice its cost. */
export const PASSES_OF_A_STEP = 3;

export interface TrainingShape {
  /** Number of texts of each split. */
  readonly train: number;
  readonly dev: number;
  readonly test: number;
  readonly epochs: number;
  /** True: a head classifies dev. False: dev is classified by its nearest neighbours in train, which are embedded along with it. */
  readonly byHead: boolean;
}

/**
 * Exact number of text passes of one training run: all texts before training; per epoch the training texts, three times, and whatever
 * classifies dev; all texts with the best weights.
 */
export function trainingPasses({ train, dev, test, epochs, byHead }: TrainingShape): number {
  const all = train + dev + test;
  return all + epochs * (PASSES_OF_A_STEP * train + (byHead ? 0 : train) + dev) + all;
}
