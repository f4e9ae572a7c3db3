import { HarnessError } from '../errors.ts';

/** Errors that end a choice, whichever candidate they occur in. */
const OF_ALL: ReadonlySet<string> = new Set(['INTERNAL', 'OUTPUT', 'STORE']);

/** Whether an error concerns one candidate only, so that the others can continue. */
export function isOfCandidate(error: unknown): boolean {
  if (error instanceof HarnessError) return !OF_ALL.has(error.code);
  // Not enough memory.
  return error instanceof RangeError;
}
