import type { ClassificationDataset, Dataset } from '../datasets/dataset.ts';
import type { VectorSpec } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { NeighbourSettings } from '../training/neighbour-settings.ts';
import type { Trained } from '../training/finetune-params.ts';
import type { Finetuned } from '../training/finetune-run.ts';
import type { ObjectiveName, ObjectiveOptions } from '../training/objective.ts';
import type { TrainableFiles } from '../training/trainable.ts';
import type { TrainedSpec } from '../training/word-vectors.ts';
import type { Licence } from './licence.ts';

/** A finished training run, and where it is saved. */
export interface SaveParams {
  readonly out: string;
  /** Replaces an existing saved model. */
  readonly overwrite: boolean;
  /** Hash of everything that determines the run. */
  readonly training: string;
  readonly encoder: Encoder;
  readonly files: TrainableFiles;
  /** Best weights, a safetensors file with the graph's names. */
  readonly weights: string;
  readonly dataset: Dataset;
  readonly pooling: string;
  readonly spec: TrainedSpec;
  readonly objective: ObjectiveName;
  readonly objectiveOptions: ObjectiveOptions;
  readonly seed: number;
  readonly neighbours: NeighbourSettings;
  readonly result: Finetuned;
  readonly trained: Trained;
  /** [words] of sentences, 1 if a word may be a neighbour. Default: all may. */
  readonly sampled?: Uint8Array | undefined;
  /** How it was trained, by name, for the model card. */
  readonly settings: readonly (readonly [string, string])[];
  /** Number of truncated texts of the dataset. */
  readonly cut: number;
  /** Whether training texts are saved in the folder. */
  readonly texts: boolean;
  /** What is known of the encoder's licence before its files are read, and its hub id. */
  readonly licence: Licence | undefined;
  readonly baseModel: string | undefined;
  /** Hub id of the dataset. */
  readonly hubDataset: string | undefined;
}

/** A training run on classes. */
export type ClassSaveParams = Omit<SaveParams, 'spec'> & { readonly dataset: ClassificationDataset; readonly spec: VectorSpec };
