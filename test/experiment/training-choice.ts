import { SPLIT_SHARES } from '../../src/datasets/missing-splits.ts';
import type { TrainingChoice } from '../../src/experiment/training-choice.ts';
import { DEFAULT_OBJECTIVE_OPTIONS } from '../../src/training/options.ts';

/** A short training with a head, on one thread. */
export function shortTraining(epochs: number): TrainingChoice {
  return {
    objectives: ['classic'],
    objectiveOptions: DEFAULT_OBJECTIVE_OPTIONS,
    seeds: [1],
    settings: { epochs, lr: 1e-3, batchSize: 8, schedule: 'linear', warmup: 0.1, clip: 5, balanced: false, bestEpochBy: 'micro' },
    neighbours: { k: 3, metric: 'euclidean', votes: 'uniform', threads: 1 },
    shares: SPLIT_SHARES,
    trainer: {
      freeze: [],
      weightDecay: 0.01,
      decayMatricesOnly: false,
      denseEmbeddings: false,
      dropout: undefined,
      accumulate: 1,
      chunkTokens: 4096,
      threads: 1,
      device: 'cpu',
    },
    vectorsAt: [],
    secondLabelField: undefined,
  };
}
