import { HarnessError, option } from '../errors.ts';

/** Option names in the messages of the other rooms, mapped to their names in the API. */
export type OptionNames = Readonly<Record<string, string>>;

/**
 * The command line has separate options for the user's own encoders and datasets. In the API one list takes them together with registry
 * keys, and one option decides what happens to existing results.
 */
const API_NAMES: OptionNames = {
  model: 'encoders',
  dataset: 'datasets',
  mirror: 'mirrors',
  overwrite: "policy: 'overwrite'",
  onlyMissing: "policy: 'only-missing'",
  pruneStale: "policy: 'prune-stale'",
};

/** Runs a function of the API. Errors that it throws use the API's option names. */
export function withApiNames<T>(work: () => T, called: OptionNames = API_NAMES): T {
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

/** A text with its option names replaced by the API's. */
export function renamed(text: string, called: OptionNames = API_NAMES): string {
  const marked = text.replace(/`([A-Za-z][A-Za-z0-9]*)`/g, (mark, name: string) =>
    Object.hasOwn(called, name) ? option(called[name]!) : mark,
  );
  // Two flags that are the same option here: keep one.
  return marked.replace(/(`[^`]+`) or \1/g, '$1');
}

/** Failures whose reasons use the API's option names. */
export function renamedReasons<T extends { readonly reason: string }>(failures: readonly T[]): T[] {
  return failures.map((failure) => ({ ...failure, reason: renamed(failure.reason) }));
}

/** Returns the same error if it mentions no renamed option. */
function errorCalled(error: unknown, called: OptionNames): unknown {
  if (!(error instanceof HarnessError) || renamed(error.message, called) === error.message) return error;
  const { where, what, hint } = error.complaint;
  const complaint = {
    where: where && renamed(where, called),
    what: renamed(what, called),
    hint: hint && renamed(hint, called),
  };
  return new HarnessError(error.code, complaint, { cause: error });
}
