import type { Surroundings } from './tokenizers/post-processor.ts';

/** Why a word has no token among a sentence's ids; `kept`: it has some. */
export const WORD_LOSS = { kept: 0, noSubToken: 1, beyondLimit: 2 } as const;

/** Tokens of a sentence that came split into words. */
export interface WordTokens {
  /** Ids with the special tokens of a single text, cut at the limit. */
  readonly ids: Int32Array;
  /** Tokens the whole sentence has, special tokens included; more than ids.length where it was cut. */
  readonly total: number;
  /**
   * [words * 2] of each word, where its sub-tokens begin among `ids` and where they end; equal where it has none. Of a word that the limit
   * cuts through, the sub-tokens that are left.
   */
  readonly spans: Int32Array;
  /** [words] WORD_LOSS of each word: it has no sub-token at all (U+FE0F in BERT), or the limit leaves none of them. */
  readonly lost: Uint8Array;
}

export interface JoinParams {
  /** Ids that stand before the first word, and belong to none. */
  readonly before: readonly number[];
  /** Ids of each word. */
  readonly words: readonly (readonly number[])[];
  /** Special tokens. */
  readonly around: Surroundings;
  /** Tokens, special ones included, that are kept. */
  readonly maxLength: number;
  /** Side that loses tokens where there are more. */
  readonly truncation: 'left' | 'right';
  /** An id that is left out, after the cut. */
  readonly dropped?: number | undefined;
}

/** Words' ids as one sentence, cut at the limit as a text is: its last tokens are dropped, or the first behind `before`. */
export function joinWords({ before, words, around, maxLength, truncation, dropped }: JoinParams): WordTokens {
  const specials = around.before.length + around.after.length;
  const length = words.reduce((sum, ids) => sum + ids.length, before.length);
  const kept = Math.min(length, Math.max(0, maxLength - specials));
  // Tokens of the whole sentence from `end` to `resume` (not included) are cut away.
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
