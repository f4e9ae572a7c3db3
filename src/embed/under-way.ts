/**
 * Tasks that run side by side, `most` of them at once. The first that fails is thrown at the next look, however long nobody looks: a
 * failure that no one awaits at that moment would end the process, and one that is forgotten would leave its results out in silence.
 */
export class UnderWay {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts a task where there is room, waiting for that. Throws the first failure of those before it, without starting another. */
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

  /** Waits for all that run. Throws the first failure of any. */
  async all(): Promise<void> {
    await this.settled();
    this.throwIfFailed();
  }

  /** Waits for all that run, whatever becomes of them. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
