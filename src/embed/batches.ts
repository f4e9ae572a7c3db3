import { cardMemory } from '../devices/card-memory.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { keepsTensors } from '../graph/device-graph.ts';
import { tokensOnCard } from './card-tokens.ts';

/**
 * Tokens per batch on a processor. Small batches stay in the processor's caches: 512 and 1024 were the fastest, 128 and 8192 about a sixth
 * slower (`npm run perf -- batches`).
 */
export const TOKEN_BUDGET = 1024;
/** The same on a graphics card, which needs many rows to be busy, where its memory is unknown. */
export const CARD_TOKEN_BUDGET = 16_384;

/** Tokens per batch: a number, or on a card, where attention's memory grows with the square of the length, one for each length. */
export type TokenBudget = number | ((length: number) => number);

/**
 * Tokens per batch of an encoder, unless the user says how many. On a card as many as its memory suggests, if that is known. If a batch
 * does not fit, halves of it are tried.
 */
export function tokenBudgetOf({ device, shape }: Pick<Encoder, 'device' | 'shape'>): TokenBudget {
  if (device === 'cpu') return TOKEN_BUDGET;
  const memory = cardMemory(device);
  return memory === undefined || shape === undefined ? CARD_TOKEN_BUDGET : (length) => tokensOnCard({ shape, free: memory.free }, length);
}

/** Batches that are read together where outputs stay on the card: the card waits for the host once for each group of them. */
export const CARD_GROUP = 4;
/** Maximum bytes of outputs of such a group, and less than one batch's more. */
export const CARD_GROUP_BYTES = 256 << 20;
/** Milliseconds that such a group may take, by those of the one before. */
export const CARD_GROUP_MS = 1000;

/**
 * Batches that are to be in the encoder's thread at once, so that it never waits for its caller; of groups two, so that the second is
 * there before the first is read.
 */
export function batchesAhead({ device }: Pick<Encoder, 'device'>): number {
  return keepsTensors(device) ? 2 * CARD_GROUP : 3;
}

/** Texts of equal length that run in one batch. */
export interface Batch {
  /** Indices of the texts in the input list. */
  readonly rows: readonly number[];
  /** Number of tokens of each text. */
  readonly length: number;
}

export interface BatchParams {
  /** Number of tokens of each text. */
  readonly lengths: ArrayLike<number>;
  /** Maximum tokens per batch; a longer text runs alone. */
  readonly tokenBudget: TokenBudget;
  /** Maximum texts per batch. */
  readonly maxTexts?: number | undefined;
}

/**
 * Batches of texts of exactly equal length, longest first. So nothing is ever padded, and a text's vector is bit-identical whatever other
 * texts are in its batch.
 */
export function batches({ lengths, tokenBudget, maxTexts = Infinity }: BatchParams): Batch[] {
  const byLength = new Map<number, number[]>();
  for (let row = 0; row < lengths.length; row++) {
    const rows = byLength.get(lengths[row]!);
    if (rows === undefined) byLength.set(lengths[row]!, [row]);
    else rows.push(row);
  }
  const result: Batch[] = [];
  for (const [length, rows] of [...byLength].toSorted(([a], [b]) => b - a)) {
    // Texts without tokens count as one token.
    const tokens = typeof tokenBudget === 'number' ? tokenBudget : tokenBudget(length);
    const size = Math.max(1, Math.min(maxTexts, Math.floor(tokens / Math.max(1, length))));
    // As even as possible: 9 texts with at most 8 per batch run as 5 and 4.
    const parts = Math.ceil(rows.length / size);
    for (let part = 0; part < parts; part++) {
      const from = Math.floor((part * rows.length) / parts);
      const to = Math.floor(((part + 1) * rows.length) / parts);
      result.push({ rows: rows.slice(from, to), length });
    }
  }
  return result;
}
