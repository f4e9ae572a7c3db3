import { CARD_TOKEN_BUDGET } from '../../src/embed/batches.ts';

/** Sizes of a BERT encoder; its weights are drawn from a seed. */
export interface EncoderShape {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Width of the feed-forward layers. */
  readonly inner: number;
  readonly vocabulary: number;
}

/** What is measured, and how much of it. */
export interface Plan {
  readonly shapes: readonly EncoderShape[];
  /** Train and test texts; undefined: all. */
  readonly texts: number | undefined;
  /** Tokens per batch on the card; first those that the product takes, whose vectors are compared. */
  readonly budgets: readonly number[];
  /** Texts embedded on the CPU, which would take minutes for all. */
  readonly cpuTexts: number;
  /**
   * Further texts of one length. Questions differ in length, so that no batch of equal lengths has many thousand tokens, and large batches
   * would not differ.
   */
  readonly long: { readonly texts: number; readonly tokens: number };
  readonly batchSize: number;
  /** Steps whose losses are compared with the CPU's. */
  readonly compared: number;
  /** Heads, their widths and lengths of texts that fused attention is tried with, and the tokens of a batch of them. */
  readonly attention: {
    readonly heads: number;
    readonly sizes: readonly number[];
    readonly lengths: readonly number[];
    readonly tokens: number;
  };
  /** Texts per batch of the peer; the fastest counts. 32 is the default of sentence-transformers. */
  readonly peerBatches: readonly number[];
}

export const WHOLE: Plan = {
  shapes: [
    { name: 'MiniLM-L6', layers: 6, width: 384, heads: 12, inner: 1536, vocabulary: 30_522 },
    { name: 'BERT-base', layers: 12, width: 768, heads: 12, inner: 3072, vocabulary: 30_522 },
  ],
  texts: undefined,
  budgets: [CARD_TOKEN_BUDGET, 1024, 4096, 65_536],
  cpuTexts: 500,
  long: { texts: 1024, tokens: 128 },
  batchSize: 32,
  compared: 20,
  attention: { heads: 12, sizes: [32, 64], lengths: [8, 16, 24, 31, 32, 33, 48, 64, 96, 128, 192, 256, 384, 512], tokens: 16_384 },
  peerBatches: [32, 256],
};

/** For a check of the script itself, on a driver in software. */
export const QUICK: Plan = {
  shapes: [
    { name: 'tiny-1', layers: 1, width: 32, heads: 4, inner: 64, vocabulary: 2000 },
    { name: 'tiny-2', layers: 2, width: 48, heads: 4, inner: 96, vocabulary: 2000 },
  ],
  texts: 40,
  budgets: [256, 64],
  cpuTexts: 20,
  long: { texts: 8, tokens: 16 },
  batchSize: 8,
  compared: 3,
  attention: { heads: 4, sizes: [32], lengths: [8, 31, 32, 64], tokens: 128 },
  peerBatches: [8],
};
