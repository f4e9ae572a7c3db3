/** A batch of sentences of equally many tokens. */
export interface WordBatch {
  /** [count, length] */
  readonly ids: Int32Array<ArrayBuffer>;
  /** Sentences. */
  readonly count: number;
  /** Tokens of each; at least 1. */
  readonly length: number;
  /** [words, 2] from where to where the sub-tokens of each word are among all `ids`, in their order; at least one word, none empty. */
  readonly spans: Int32Array<ArrayBuffer>;
}

/** What makes vectors of words. */
export interface WordRunner {
  /** Vectors of a batch, for each spec [words, its width]; to be given back. The arrays of `batch` are taken over. */
  runWords(batch: WordBatch): Promise<Float32Array[]>;
  /** Takes results back that are done with. */
  giveBack(vectors: readonly Float32Array[]): void;
  close(): Promise<void>;
}
