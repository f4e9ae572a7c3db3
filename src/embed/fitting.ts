/** How batches are run, and halved. */
export interface FittingParams<B, R> {
  readonly run: (batch: B) => Promise<R>;
  /** Number of items of a batch; one alone is not halved. */
  readonly count: (batch: B) => number;
  /** What its memory grows with: its tokens, or its items. */
  readonly size: (batch: B) => number;
  readonly halves: (batch: B) => readonly [B, B];
  /** The result of a batch from those of its halves. */
  readonly join: (results: readonly [R, R], halves: readonly [B, B]) => R;
  readonly isOutOfMemory: (error: unknown) => boolean;
}

/**
 * Runs batches in parts that fit into memory: if one does not, its halves are tried, and later batches are no larger. The result of an item
 * must not depend on what else is in its batch.
 */
export class Fitting<B, R> {
  readonly #params: FittingParams<B, R>;
  /** Maximum size of a batch, as far as is known. */
  #most = Infinity;

  constructor(params: FittingParams<B, R>) {
    this.#params = params;
  }

  /** Throws what the run throws, and its error for lack of memory if an item alone does not fit. */
  async run(batch: B): Promise<R> {
    const { run, count, size, halves, join, isOutOfMemory } = this.#params;
    const isAlone = count(batch) === 1;
    if (isAlone || size(batch) <= this.#most) {
      try {
        return await run(batch);
      } catch (error) {
        if (isAlone || !isOutOfMemory(error)) throw error;
        // Several may have been running, and a smaller one may have failed first.
        this.#most = Math.min(this.#most, Math.ceil(size(batch) / 2));
      }
    }
    const parts = halves(batch);
    return join([await this.run(parts[0]), await this.run(parts[1])], parts);
  }
}

/** The first half of a list, which is not the smaller one, and the rest. */
export function halvesOf<T>(items: readonly T[]): readonly [readonly T[], readonly T[]] {
  const half = Math.ceil(items.length / 2);
  return [items.slice(0, half), items.slice(half)];
}

/** Vectors of two parts of a batch, one list after the other. */
export function joined(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  const all = new Float32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
