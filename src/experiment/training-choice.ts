import type { SplitShares } from '../datasets/missing-splits.ts';
import type { NeighbourSettings } from '../training/neighbour-settings.ts';
import type { TrainingSettings } from '../training/finetune-params.ts';
import type { ObjectiveName, ObjectiveOptions } from '../training/objective.ts';
import type { TrainerParams } from '../training/trainer-params.ts';

/** How encoders are fine-tuned: a plain value. */
export interface TrainingChoice {
  readonly objectives: readonly ObjectiveName[];
  /** Used instead for datasets whose labels are numbers; omitted if objectives were requested, or no dataset has numbers. */
  readonly ofNumbers?: readonly ObjectiveName[] | undefined;
  /** The same for datasets with tagged words. */
  readonly ofTags?: readonly ObjectiveName[] | undefined;
  readonly objectiveOptions: ObjectiveOptions;
  readonly seeds: readonly number[];
  readonly settings: TrainingSettings;
  readonly neighbours: NeighbourSettings;
  readonly shares: SplitShares;
  readonly trainer: Pick<
    TrainerParams,
    | 'freeze'
    | 'weightDecay'
    | 'decayMatricesOnly'
    | 'denseEmbeddings'
    | 'dropout'
    | 'accumulate'
    | 'chunkTokens'
    | 'mixedPrecision'
    | 'threads'
    | 'device'
  >;
  readonly vectorsAt: readonly number[];
  readonly secondLabelField: string | undefined;
}
