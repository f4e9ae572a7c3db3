import { parseSource } from '../sources/source.ts';
import type { EncoderRef } from './encoder-ref.ts';

/**
 * INSTRUCTOR encoders (Su et al. 2023), whose published Pooling lacks `include_prompt`: the prompt's tokens are excluded from the mean all
 * the same, and sentence-transformers (6.2, `SentenceTransformer.__init__`) recognises them by these names.
 */
const INSTRUCTORS: ReadonlySet<string> = new Set(['hkunlp/instructor-base', 'hkunlp/instructor-large', 'hkunlp/instructor-xl']);

/** Whether a prompt's tokens count in the mean, if an encoder's name on the hub decides it; undefined: its files do. */
export function includedPrompt(ref: EncoderRef): false | undefined {
  return INSTRUCTORS.has(repositoryOf(ref) ?? '') ? false : undefined;
}

function repositoryOf(ref: EncoderRef): string | undefined {
  if (ref.kind === 'entry') return ref.entry.hub;
  const source = ref.kind === 'hub' ? parseSource(ref.source) : undefined;
  return source?.kind === 'hf' ? source.repo : undefined;
}
