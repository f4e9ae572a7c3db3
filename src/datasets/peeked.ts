import { setTimeout as sleep } from 'node:timers/promises';

/** A byte stream whose beginning can be inspected before it is read. */
export class Peeked implements AsyncIterable<Buffer> {
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #seen: Buffer[] = [];
  /** The pending read. */
  #coming: Promise<IteratorResult<Buffer>> | undefined;
  #ended = false;

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** The bytes inspected so far. */
  get head(): Buffer {
    return Buffer.concat(this.#seen);
  }

  /** Whether that is everything. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads on until `enough` returns true, the stream ends, or, if there are some bytes, none arrived for `pauseMs`. */
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

  /** An error is thrown when the read is awaited, which may be later. */
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
