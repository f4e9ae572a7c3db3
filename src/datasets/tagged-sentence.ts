/** Words of a sentence, as in the file, and the tag of each. */
export interface TaggedSentence {
  /** [words] never empty; a word may contain blanks. */
  readonly words: string[];
  /** [words] */
  readonly tags: string[];
}
