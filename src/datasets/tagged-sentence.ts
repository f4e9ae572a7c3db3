/** Words of a sentence, as a file has them, and the tag of each. */
export interface TaggedSentence {
  /** [words] never empty; a word may hold blanks. */
  readonly words: string[];
  /** [words] */
  readonly tags: string[];
}
