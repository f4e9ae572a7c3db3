import type { ClassificationDataset, Dataset } from '../datasets/dataset.ts';
import type { TrainedPooling } from '../embed/default-pooling.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { ObjectiveName } from '../training/objective.ts';
import type { TrainableFiles } from '../training/trainable.ts';
import type { TrainingChoice } from './training-choice.ts';

/** An encoder to be fine-tuned, and where its files are. */
export interface TrainedEncoder {
  readonly encoder: Encoder;
  readonly files: TrainableFiles;
}

/** A second label field of the same rows. */
export type SecondField = Pick<ClassificationDataset, 'labels' | 'classes' | 'labelField'>;

/** What determines the rows of a training run. */
export interface PlannedResult {
  readonly target: TrainedEncoder;
  /** With dev and test. */
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
  readonly pooling: TrainedPooling;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly choice: TrainingChoice;
}
