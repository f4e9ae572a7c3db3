/** A batch of sentences of equal token length. */
export interface WordBatch {
  /** [count, length] */
  readonly ids: Int32Array<ArrayBuffer>;
  /** Number of sentences. */
  readonly count: number;
  /** Number of tokens of each; at least 1. */
  readonly length: number;
  /** [words, 2] start and end of the sub-tokens of each word among all `ids`, in order; at least one word, none empty. */
  readonly spans: Int32Array<ArrayBuffer>;
}

/** Computes vectors of words. */
export interface WordRunner {
  /** Vectors of a batch, for each spec [words, its width]; must be returned with `giveBack`. The arrays of `batch` are transferred. */
  runWords(batch: WordBatch): Promise<Float32Array[]>;
  /** Returns result buffers for reuse. */
  giveBack(vectors: readonly Float32Array[]): void;
  close(): Promise<void>;
}
