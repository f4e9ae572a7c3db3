import type { WordBatch } from './word-runner.ts';

/** Texts of equal token length. */
export interface TextBatch {
  /** [count, length] */
  readonly ids: Int32Array<ArrayBuffer>;
  readonly count: number;
  readonly length: number;
  readonly words?: readonly Int32Array[] | undefined;
  /** [count, length] Token type ids of pairs. Default: all 0. */
  readonly types?: Int32Array | undefined;
}

interface Spent {
  /** Buffers of earlier results for reuse. */
  readonly spent: readonly ArrayBuffer[];
}

/** A batch for the thread in which the encoder runs. */
export interface RunParams extends TextBatch, Spent {}

export interface WordRunParams extends WordBatch, Spent {}
