import { DEFAULT_OBJECTIVE_OPTIONS } from '../../src/training/options.ts';
import type { TrainerParams } from '../../src/training/trainer-params.ts';

/** Fine-tuning with a classification head, nothing frozen, dropout as published, a batch in as few runs as possible: what is timed. */
export const PLAIN_TRAINING = {
  objective: 'classic',
  objectiveOptions: DEFAULT_OBJECTIVE_OPTIONS,
  seed: 1,
  freeze: [],
  weightDecay: 0.01,
  decayMatricesOnly: false,
  denseEmbeddings: false,
  dropout: undefined,
  accumulate: 1,
  chunkTokens: Number.MAX_SAFE_INTEGER,
  padId: 0,
} as const satisfies Partial<TrainerParams>;
