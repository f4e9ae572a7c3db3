import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes that come once, whose beginning can be looked at before they are read. */
export class Peeked implements AsyncIterable<Buffer> {
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #seen: Buffer[] = [];
  /** What was asked for and has not come yet. */
  #coming: Promise<IteratorResult<Buffer>> | undefined;
  #ended = false;

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** What was looked at so far. */
  get head(): Buffer {
    return Buffer.concat(this.#seen);
  }

  /** Whether that is all. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads on until `enough` of them are there, they end, or, where there are some, none came for `pauseMs`. */
  async look(enough: (head: Buffer) => boolean, pauseMs?: number): Promise<void> {
    while (!this.#ended && !enough(this.head)) {
      this.#coming ??= this.#next();
      if (pauseMs !== undefined && this.#seen.length > 0 && (await isSlow(this.#coming, pauseMs))) return;
      const step = await this.#coming;
      this.#coming = undefined;
      if (step.done === true) this.#ended = true;
      else this.#seen.push(step.value);
    }
  }

  /** A failure is thrown where it is awaited, which may be later. */
  #next(): Promise<IteratorResult<Buffer>> {
    const next = this.#iterator.next();
    next.catch(() => undefined);
    return next;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (let bytes = this.#seen.shift(); bytes !== undefined; bytes = this.#seen.shift()) yield bytes;
      while (!this.#ended) {
        const step = await (this.#coming ?? this.#iterator.next());
        this.#coming = undefined;
        if (step.done === true) this.#ended = true;
        else yield step.value;
      }
    } finally {
      await this.#iterator.return?.();
    }
  }
}

async function isSlow(coming: Promise<unknown>, pauseMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(pauseMs, true, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([coming.then(() => false), late]);
  } finally {
    timer.abort();
  }
}
