import type { Surroundings } from './tokenizers/post-processor.ts';

/** Why a word has no token among a sentence's ids; `kept`: it has some. */
export const WORD_LOSS = { kept: 0, noSubToken: 1, beyondLimit: 2 } as const;

/** Tokens of a sentence split into words. */
export interface WordTokens {
  /** Ids with the special tokens of a single text, truncated at the limit. */
  readonly ids: Int32Array;
  /** Number of tokens of the whole sentence, special tokens included; larger than ids.length if truncated. */
  readonly total: number;
  /**
   * [words * 2] start and end of each word's sub-tokens among `ids`; equal if it has none. For a word cut by the limit, the remaining
   * sub-tokens.
   */
  readonly spans: Int32Array;
  /** [words] WORD_LOSS of each word: it has no sub-token at all (U+FE0F in BERT), or all are beyond the limit. */
  readonly lost: Uint8Array;
}

export interface JoinParams {
  /** Ids before the first word, which belong to none. */
  readonly before: readonly number[];
  /** Ids of each word. */
  readonly words: readonly (readonly number[])[];
  /** Special tokens. */
  readonly around: Surroundings;
  /** Maximum tokens, special tokens included. */
  readonly maxLength: number;
  /** Truncation side. */
  readonly truncation: 'left' | 'right';
  /** An id that is removed after truncation. */
  readonly dropped?: number | undefined;
}

/** Joins words' ids to one sentence, truncated at the limit like a text: its last tokens are removed, or the first after `before`. */
export function joinWords({ before, words, around, maxLength, truncation, dropped }: JoinParams): WordTokens {
  const specials = around.before.length + around.after.length;
  const length = words.reduce((sum, ids) => sum + ids.length, before.length);
  const kept = Math.min(length, Math.max(0, maxLength - specials));
  // Tokens of the whole sentence from `end` to `resume` (exclusive) are removed.
  const end = truncation === 'left' && kept < length ? Math.min(before.length, kept) : kept;
  const resume = end + length - kept;
  const out = new Int32Array(kept + specials);
  out.set(around.before);
  let to = around.before.length;
  let at = 0;
  const take = (ids: readonly number[]): void => {
    for (const id of ids) {
      if ((at < end || at >= resume) && id !== dropped) out[to++] = id;
      at++;
    }
  };
  take(before);
  const spans = new Int32Array(2 * words.length);
  const lost = new Uint8Array(words.length);
  for (const [i, ids] of words.entries()) {
    spans[2 * i] = to;
    take(ids);
    spans[2 * i + 1] = to;
    if (to === spans[2 * i]) lost[i] = ids.some((id) => id !== dropped) ? WORD_LOSS.beyondLimit : WORD_LOSS.noSubToken;
  }
  out.set(around.after, to);
  return { ids: out.slice(0, to + around.after.length), total: length + specials, spans, lost };
}
