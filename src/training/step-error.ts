import { HarnessError, reason } from '../errors.ts';

/** The runtime says in several ways that memory ran out. */
export function stepError(error: unknown, { name, chunkTokens }: { readonly name: string; readonly chunkTokens: number }): HarnessError {
  const why = reason(error);
  if (!/bad_alloc|allocat|out of memory/i.test(why)) return new HarnessError('GRAPH', { where: name, what: `A training step does not run: ${why}.` }, { cause: error });
  return new HarnessError('GRAPH', {
    where: name,
    what: `The memory does not hold ${chunkTokens} tokens of a training step at once.`,
    mend: `Give --chunk-tokens ${Math.max(1, Math.floor(chunkTokens / 2))}: the batch stays as it is and is run in smaller parts; or a smaller --max-length.`,
  }, { cause: error });
}
