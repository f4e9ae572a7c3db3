/** Tokens of a word, or of a whole text. Both arrays have one entry per token. */
export interface Pieces {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}
