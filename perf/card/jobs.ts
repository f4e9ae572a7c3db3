import type { Device } from '../../src/devices/device.ts';

/** What a process is started for. */
export type CardJob = EmbeddingJob | TrainingJob | AttentionJob;

interface OfEncoder {
  /** Checkpoint of the encoder, with `inputs.json`. */
  readonly folder: string;
  readonly layers: number;
  readonly device: Device;
  readonly threads: number;
}

/** Token ids of all texts, made once for all processes and the peer: `inputs.json` in the encoder's folder. */
export interface Inputs {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly train: number;
  /** Ids of texts of one length. */
  readonly long: readonly (readonly number[])[];
}

export interface EmbeddingJob extends OfEncoder {
  readonly kind: 'embedding';
  /** Tokens per batch; undefined: that of the product. */
  readonly tokenBudget: number | undefined;
  /** The first of the distinct texts. */
  readonly texts: number;
  /** Passes after the first; the fastest counts. */
  readonly passes: number;
  /** Also from texts to vectors, tokenised. */
  readonly whole: boolean;
  /** Also in batches that are padded. */
  readonly padded: boolean;
  /** Also the texts of one length. */
  readonly long: boolean;
  /** File for the vectors [texts, width] as float32. */
  readonly vectors: string;
}

/**
 * What was embedded: the questions, the same in padded batches, the texts of one length, or the questions from text on, tokenised
 * meanwhile.
 */
export interface EmbeddingResult {
  readonly part: 'questions' | 'padded' | 'long' | 'whole';
  readonly texts: number;
  /** Without padding. */
  readonly tokens: number;
  /** Tokens of padding, and number of batches; not known of torch. */
  readonly padding?: number | undefined;
  readonly batches?: number | undefined;
  /** Of the fastest pass after the first. */
  readonly seconds: number;
  readonly first: number;
}

export interface TrainingJob extends OfEncoder {
  readonly kind: 'training';
  readonly batchSize: number;
  readonly classes: number;
  /** Matrix products in this type. Default: float32. */
  readonly mixedPrecision?: 'fp16' | undefined;
  /** Maximum steps; undefined: an epoch. */
  readonly steps: number | undefined;
}

export interface TrainingResult {
  readonly texts: number;
  readonly steps: number;
  /** All steps, the first included, which compiles. */
  readonly seconds: number;
  readonly first: number;
  readonly losses: readonly number[];
}

export interface AttentionJob {
  readonly kind: 'attention';
  readonly device: Device;
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  readonly lengths: readonly number[];
  /** Of a batch. */
  readonly tokens: number;
}

/** One for each length. */
export interface AttentionResult {
  readonly tokens: number;
  readonly texts: number;
  /** Largest difference of fused attention from products of matrices on the CPU, relative to the largest number. */
  readonly fusedDifference: number;
  readonly plainDifference: number;
  /** Milliseconds of one attention. */
  readonly fused: number;
  readonly plain: number;
}
