import type { EmbedParams } from './embed-params.ts';
import type { WordSpec } from './word-specs.ts';

export interface EmbedWordsParams extends Omit<EmbedParams, 'texts' | 'specs'> {
  /** Words of each sentence as given: they are not split into words again. */
  readonly sentences: readonly (readonly string[])[];
  readonly specs: readonly WordSpec[];
}
