import type { Embedded } from '../embed/embed.ts';

/** Cost of embedding. Undefined if every vector came from the store. */
export interface Metered {
  readonly textMs: number | undefined;
  /** Number of texts timed after the first batch, which includes fixed costs. */
  readonly timedTexts: number;
  readonly tokensPerSecond: number | undefined;
  /**
   * Increase of the process's resident memory, as the maximum after any batch: encoders embedded later reuse what earlier ones freed, and
   * show a smaller increase.
   */
  readonly memoryBytes: number | undefined;
  /** Fixed cost that does not depend on the number of texts: loading the encoder. */
  readonly fixedMs: number;
}

/** Measures one or more embedding passes of an encoder. */
export class CostMeter {
  #ms = 0;
  #fixedMs = 0;
  #texts = 0;
  #timed = 0;
  #tokens = 0;
  #memory = 0;
  #begun = 0;
  #resident = 0;
  /** Time and number of texts at the start, after the first batch, and now. */
  #seen: { readonly ms: number; readonly done: number }[] = [];

  begin(): void {
    this.#begun = performance.now();
    this.#resident = process.memoryUsage.rss();
    this.#seen = [];
  }

  /** Records the number of texts done. */
  see(done: number): void {
    const now = { ms: performance.now() - this.#begun, done };
    if (this.#seen.length < 3) this.#seen.push(now);
    else this.#seen[2] = now;
    this.#memory = Math.max(this.#memory, process.memoryUsage.rss() - this.#resident);
  }

  end<E extends Pick<Embedded, 'computed' | 'tokens'>>(embedded: E): E {
    this.#ms += performance.now() - this.#begun;
    this.#texts += embedded.computed;
    this.#tokens += embedded.tokens;
    const [from, first, last] = this.#seen;
    if (from !== undefined && first !== undefined && last !== undefined && last.done > first.done) {
      // What the first batch took beyond the pace of the others.
      this.#timed += last.done - first.done;
      this.#fixedMs += Math.max(0, first.ms - ((first.done - from.done) * (last.ms - first.ms)) / (last.done - first.done));
    }
    return embedded;
  }

  read(): Metered {
    const none = this.#texts === 0;
    // With few texts in one batch, loading time cannot be separated.
    const pace = this.#ms - this.#fixedMs;
    return {
      textMs: none ? undefined : pace / this.#texts,
      timedTexts: this.#timed,
      tokensPerSecond: none ? undefined : (1000 * this.#tokens) / pace,
      memoryBytes: none ? undefined : this.#memory,
      fixedMs: this.#fixedMs,
    };
  }
}
