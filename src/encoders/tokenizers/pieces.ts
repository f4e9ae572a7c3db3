/** What a word, or a whole text, becomes. Both have one entry a token. */
export interface Pieces {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
}
