import { HarnessError } from '../errors.ts';

/** What ends a choice, whoever it happens to. */
const OF_ALL: ReadonlySet<string> = new Set(['INTERNAL', 'OUTPUT', 'STORE']);

/** Whether an error is about one candidate, so that the others can be gone on with. */
export function isOfCandidate(error: unknown): boolean {
  if (error instanceof HarnessError) return !OF_ALL.has(error.code);
  // What there is no memory for.
  return error instanceof RangeError;
}
