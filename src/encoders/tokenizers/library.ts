import * as library from '@huggingface/tokenizers';

/** Cuts words into tokens of its vocabulary. */
type LibraryModel = (words: readonly string[]) => string[];

/**
 * The parts of the library that are used here. It has types for them, which it exports in a way that the module resolution of Node
 * does not find.
 */
interface Parts {
  readonly BPE: new (config: object) => LibraryModel;
  readonly SplitPreTokenizer: new (config: object) => { readonly pattern: RegExp | null };
}

export const { BPE, SplitPreTokenizer } = library as unknown as Parts;
