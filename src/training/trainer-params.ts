import type { Device } from '../devices/device.ts';
import type { Feeds, ObjectiveName, ObjectiveOptions } from './objective.ts';
import type { TokenText } from './text-batch.ts';
import type { TrainableFiles } from './trainable.ts';
import type { TrainedSpec } from './word-vectors.ts';

/** All that makes a trainer; plain data, so that it can be sent to a thread. */
export interface TrainerParams {
  readonly files: TrainableFiles;
  /** What is trained and predicted with. */
  readonly spec: TrainedSpec;
  readonly objective: ObjectiveName;
  readonly objectiveOptions: ObjectiveOptions;
  readonly classes: number;
  readonly seed: number;
  /** What stays as it is: `embeddings`, or layer numbers. */
  readonly freeze: readonly (string | number)[];
  readonly weightDecay: number;
  /** Neither biases nor norms are decayed. */
  readonly decayMatricesOnly: boolean;
  /** Embedding tables are stepped whole, as torch steps them. */
  readonly denseEmbeddings: boolean;
  /** undefined: as published. */
  readonly dropout: number | undefined;
  /** Gradients of so many batches are averaged before a step. */
  readonly accumulate: number;
  /** Most tokens of one run (see chunks.ts). */
  readonly chunkTokens: number;
  readonly padId: number;
  readonly threads: number;
  readonly device: Device;
  /** Bytes of memory that there are; those of the machine where left out. */
  readonly memory?: number | undefined;
}

export interface StepRequest {
  /** Texts of the batch and its companions. */
  readonly texts: readonly TokenText[];
  readonly feeds: Feeds;
  /** Of the run, from 0: decides what dropout drops. */
  readonly step: number;
  /** Left out: gradients are kept, and the next request adds to them. */
  readonly update?: { readonly lr: number; readonly clip: number } | undefined;
}

export interface StepResult {
  readonly loss: number;
  /** [texts, width], or of words [words, width] */
  readonly vectors: Float32Array;
  /** Before clipping; undefined where nothing was updated. */
  readonly gradientNorm: number | undefined;
}

export interface StateFiles {
  readonly weights: string;
  /** The optimiser's state. */
  readonly moments?: string | undefined;
}

export interface Opened {
  /** Numbers in a vector. */
  readonly width: number;
  readonly trained: number;
  readonly frozen: number;
  readonly notes: readonly string[];
}
