import type { Embedded } from '../embed/embed.ts';

/** What embedding took. Undefined where every vector came from the store. */
export interface Metered {
  readonly textMs: number | undefined;
  /** Texts that this was measured on after the first batch, which pays for what any number of texts pays for. */
  readonly timedTexts: number;
  readonly tokensPerSecond: number | undefined;
  /**
   * Resident memory that the process gained, at the most that was seen after a batch: of encoders that are embedded in turn the later ones
   * take what the earlier ones gave back, and gain less.
   */
  readonly memoryBytes: number | undefined;
  /** Time that any number of texts takes: the encoder is loaded. */
  readonly fixedMs: number;
}

/** Measures one or more embeddings by an encoder. */
export class CostMeter {
  #ms = 0;
  #fixedMs = 0;
  #texts = 0;
  #timed = 0;
  #tokens = 0;
  #memory = 0;
  #begun = 0;
  #resident = 0;
  /** Time and texts at the beginning, after the first batch and now. */
  #seen: { readonly ms: number; readonly done: number }[] = [];

  begin(): void {
    this.#begun = performance.now();
    this.#resident = process.memoryUsage.rss();
    this.#seen = [];
  }

  /** So many texts are done. */
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
    // Of few texts in one batch nobody can tell what the encoder's loading took.
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
