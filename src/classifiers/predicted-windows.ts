import { windowsOf, type Source } from './text-windows.ts';

/** Windows in progress: while one runs, the next is tokenised. */
const WINDOWS = 2;

/** A window's items with their predictions. */
export interface PredictedWindow<T, P> {
  readonly items: readonly T[];
  readonly predictions: readonly P[];
}

export interface WindowsParams<T, P> {
  /** Number of characters of an item. */
  readonly lettersOf: (item: T) => number;
  /** Predictions for a window's items. `before`: number of earlier items. */
  readonly say: (items: readonly T[], before: number) => Promise<readonly P[]>;
}

/**
 * Predictions for items, in windows as they arrive, in order. Ends with the items; an error is thrown at its place, after the windows
 * before it.
 */
export async function* predictedWindows<T, P>(
  items: Source<T>,
  { lettersOf, say }: WindowsParams<T, P>,
): AsyncGenerator<PredictedWindow<T, P>> {
  const windows = windowsOf(items, lettersOf);
  const underWay: Promise<PredictedWindow<T, P>>[] = [];
  let before = 0;
  let coming: Promise<IteratorResult<T[]>> | undefined = next(windows);
  try {
    while (coming !== undefined || underWay.length > 0) {
      // A finished window is passed on, whether or not others arrive.
      const isDone = coming === undefined || underWay.length >= WINDOWS || (await isFirst(underWay[0], coming));
      if (isDone) {
        yield await underWay.shift()!;
        continue;
      }
      let step: IteratorResult<T[]>;
      try {
        step = await coming!;
      } catch (error) {
        while (underWay.length > 0) yield await underWay.shift()!;
        throw error;
      }
      coming = step.done === true ? undefined : next(windows);
      if (step.done === true) continue;
      const window = step.value;
      underWay.push(quiet(say(window, before).then((predictions) => ({ items: window, predictions }))));
      before += window.length;
    }
  } finally {
    await windows.return(undefined);
    await Promise.allSettled(underWay);
  }
}

function next<T>(windows: AsyncGenerator<T>): Promise<IteratorResult<T>> {
  return quiet(windows.next());
}

/** An error is thrown when it is awaited, which may be later. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Whether `first` is settled before `other`; true if both are. */
async function isFirst(first: Promise<unknown> | undefined, other: Promise<unknown>): Promise<boolean> {
  if (first === undefined) return false;
  return Promise.race([settled(first, true), settled(other, false)]);
}

function settled<T>(promise: Promise<unknown>, value: T): Promise<T> {
  return promise.then(
    () => value,
    () => value,
  );
}
