import { setTimeout as sleep } from 'node:timers/promises';

/** Texts that are run together, as long as they come. */
const WINDOW_TEXTS = 2048;
/** Characters of them: long texts run in small batches anyway, and whoever waits for the first prediction waits for a window. */
const WINDOW_LETTERS = 512 << 10;
/** How long texts that are there wait for others: whoever types them, or asks over a network, waits for an answer. */
const LINGER_MS = 100;

export type Source<T> = Iterable<T> | AsyncIterable<T>;

/** Whether its items come one by one. */
export function isAsync<T>(items: Source<T>): items is AsyncIterable<T> {
  return typeof (items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === 'function';
}

/** Items in windows of some thousands, in their order: as they come, but not later than a moment after the first of a window. */
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
          // What came before it is not lost.
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
      // A failure of what is still to come is thrown where it is awaited.
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

  /** Whether it is full. */
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
