import type { Device } from '../devices/device.ts';
import type { CardMemory } from '../devices/smallest-memory.ts';
import type { EncoderShape } from '../encoders/encoder-shape.ts';
import type { Feeds, ObjectiveName, ObjectiveOptions } from './objective.ts';
import type { TokenText } from './text-batch.ts';
import type { TrainableFiles } from './trainable.ts';
import type { TrainedSpec } from './word-vectors.ts';

/** Parameters of a trainer; plain data, so that they can be sent to a thread. */
export interface TrainerParams {
  readonly files: TrainableFiles;
  /** The vector that is trained, and used for predictions. */
  readonly spec: TrainedSpec;
  readonly objective: ObjectiveName;
  readonly objectiveOptions: ObjectiveOptions;
  readonly classes: number;
  readonly seed: number;
  /** What is frozen: `embeddings`, or layer numbers. */
  readonly freeze: readonly (string | number)[];
  readonly weightDecay: number;
  /** No weight decay for biases and norms. */
  readonly decayMatricesOnly: boolean;
  /** Embedding tables are updated as a whole, as in torch. */
  readonly denseEmbeddings: boolean;
  /** undefined: as published. */
  readonly dropout: number | undefined;
  /** Gradients of this many batches are averaged before a step. */
  readonly accumulate: number;
  /** Maximum tokens per run (see chunks.ts). */
  readonly chunkTokens: number;
  readonly padId: number;
  readonly threads: number;
  readonly device: Device;
  /** Matrix products of the encoder in this type; everything else in float32. Default: all in float32. */
  readonly mixedPrecision?: 'fp16' | undefined;
  /** Available bytes of memory. Default: those of the machine. */
  readonly memory?: number | undefined;
  /** Memory of the card. Default: unknown. */
  readonly cardMemory?: CardMemory | undefined;
}

export interface StepRequest {
  /** Texts of the batch and its companions. */
  readonly texts: readonly TokenText[];
  readonly feeds: Feeds;
  /** Of the run, counted from 0: determines the dropout masks. */
  readonly step: number;
  /** If omitted, gradients are kept, and the next request adds to them. */
  readonly update?: { readonly lr: number; readonly clip: number } | undefined;
}

export interface StepResult {
  readonly loss: number;
  /** [texts, width], or for words [words, width] */
  readonly vectors: Float32Array;
  /** Before clipping; undefined without an update. */
  readonly gradientNorm: number | undefined;
  /** Maximum tokens per run from this step on, if memory ran out in it. */
  readonly chunkTokens?: number | undefined;
  /** If for the first time a batch runs in more chunks than its tokens and masks require, as a card's memory suggests. */
  readonly forCard?: CardChunks | undefined;
}

/** A batch in chunks that suit a card's memory. */
export interface CardChunks {
  readonly chunks: number;
  /** Estimated bytes that each may take. */
  readonly bytes: number;
}

export interface StateFiles {
  readonly weights: string;
  /** The optimiser's state. */
  readonly moments?: string | undefined;
}

export interface Opened {
  /** What it runs on. */
  readonly device: Device;
  /** Of the encoder in training: its weights' bytes include gradients and moments. */
  readonly shape?: EncoderShape | undefined;
  /** Dimensions of a vector. */
  readonly width: number;
  readonly trained: number;
  readonly frozen: number;
  readonly notes: readonly string[];
}
