import { setTimeout as sleep } from 'node:timers/promises';

/** Maximum texts that are encoded together. */
const WINDOW_TEXTS = 2048;
/** Maximum characters of these: long texts run in small batches anyway, and the first prediction has to wait for a whole window. */
const WINDOW_LETTERS = 512 << 10;
/** How long available texts wait for others: someone who types them, or sends them over a network, is waiting for an answer. */
const LINGER_MS = 100;

export type Source<T> = Iterable<T> | AsyncIterable<T>;

/** Whether its items arrive asynchronously. */
export function isAsync<T>(items: Source<T>): items is AsyncIterable<T> {
  return typeof (items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === 'function';
}

/** Items in windows of some thousands, in order: as they arrive, but at most a moment after the first of a window. */
export async function* windowsOf<T>(items: Source<T>, lettersOf: (item: T) => number): AsyncGenerator<T[]> {
  if (isAsync(items)) yield* asyncWindows(items, lettersOf);
  else {
    const window = new Window(lettersOf);
    for (const item of items) if (window.add(item)) yield window.take();
    if (window.size > 0) yield window.take();
  }
}

async function* asyncWindows<T>(items: AsyncIterable<T>, lettersOf: (item: T) => number): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  const window = new Window(lettersOf);
  let coming: Promise<IteratorResult<T>> | undefined;
  let ended = false;
  try {
    while (!ended) {
      const timer = new AbortController();
      let late: Promise<'late'> | undefined;
      for (;;) {
        coming ??= iterator.next();
        let step: IteratorResult<T> | 'late';
        try {
          step = late === undefined ? await coming : await Promise.race([coming, late]);
        } catch (error) {
          // Items before it are not lost.
          ended = true;
          timer.abort();
          if (window.size > 0) yield window.take();
          throw error;
        }
        if (step === 'late') break;
        coming = undefined;
        ended = step.done === true;
        if (ended || window.add(step.value as T)) break;
        late ??= sleep(LINGER_MS, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
      }
      timer.abort();
      // An error of a pending item is thrown when it is awaited.
      coming?.catch(() => undefined);
      if (window.size > 0) yield window.take();
    }
  } finally {
    if (!ended) void iterator.return?.().then(undefined, () => undefined);
  }
}

class Window<T> {
  readonly #lettersOf: (item: T) => number;
  #items: T[] = [];
  #letters = 0;

  constructor(lettersOf: (item: T) => number) {
    this.#lettersOf = lettersOf;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Returns whether it is full. */
  add(item: T): boolean {
    this.#items.push(item);
    this.#letters += this.#lettersOf(item);
    return this.#items.length >= WINDOW_TEXTS || this.#letters >= WINDOW_LETTERS;
  }

  take(): T[] {
    const items = this.#items;
    [this.#items, this.#letters] = [[], 0];
    return items;
  }
}
