import * as library from '@huggingface/tokenizers';

/** Splits words into tokens of its vocabulary. */
type LibraryModel = (words: readonly string[]) => string[];

/**
 * The parts of the library that are used here. It has types for them, but exports them in a way that Node's module resolution does not
 * find.
 */
interface Parts {
  readonly BPE: new (config: object) => LibraryModel;
  readonly SplitPreTokenizer: new (config: object) => { readonly pattern: RegExp | null };
}

export const { BPE, SplitPreTokenizer } = library as unknown as Parts;
