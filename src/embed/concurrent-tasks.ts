/**
 * Concurrent tasks, at most `most` at a time. The first failure is thrown by the next call, however late it comes: an unhandled rejection
 * would end the process, and an ignored one would silently lose results.
 */
export class ConcurrentTasks {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts a task, waiting until there is room. Throws the first failure of earlier tasks without starting another. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    this.throwIfFailed();
    const running: Promise<void> = task()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for all running tasks. Throws the first failure of any. */
  async all(): Promise<void> {
    await this.settled();
    this.throwIfFailed();
  }

  /** Waits for all running tasks, whether they fail or not. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
