import { HarnessError, option } from '../errors.ts';

/** By names in messages of the rooms: what the API calls it. */
export type Called = Readonly<Record<string, string>>;

/**
 * The command line has options of their own for one's own encoders and datasets. Here one list takes them and registry keys, and one option
 * says what becomes of results that are there.
 */
const CALLED: Called = {
  model: 'encoders',
  dataset: 'datasets',
  mirror: 'mirrors',
  overwrite: "policy: 'overwrite'",
  onlyMissing: "policy: 'only-missing'",
  pruneStale: "policy: 'prune-stale'",
};

/** Runs a function of the API. An error that it throws names options as they are called here. */
export function calledHere<T>(work: () => T, called: Called = CALLED): T {
  try {
    const result = work();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw errorCalled(error, called);
    }) as T;
  } catch (error) {
    throw errorCalled(error, called);
  }
}

/** A text whose options are called as they are here. */
export function renamed(text: string, called: Called = CALLED): string {
  const marked = text.replace(/`([A-Za-z][A-Za-z0-9]*)`/g, (mark, name: string) =>
    Object.hasOwn(called, name) ? option(called[name]!) : mark,
  );
  // Of two flags that are one option here.
  return marked.replace(/(`[^`]+`) or \1/g, '$1');
}

/** Failures whose reasons name options as they are called here. */
export function renamedReasons<T extends { readonly reason: string }>(failures: readonly T[]): T[] {
  return failures.map((failure) => ({ ...failure, reason: renamed(failure.reason) }));
}

/** The same error where it names no such option. */
function errorCalled(error: unknown, called: Called): unknown {
  if (!(error instanceof HarnessError) || renamed(error.message, called) === error.message) return error;
  const { where, what, hint } = error.complaint;
  const complaint = {
    where: where && renamed(where, called),
    what: renamed(what, called),
    hint: hint && renamed(hint, called),
  };
  return new HarnessError(error.code, complaint, { cause: error });
}
