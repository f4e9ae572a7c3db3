import { isOutOfMemory } from '../graph/out-of-memory.ts';
import { joined } from './joined.ts';
import type { RunParams } from './run-params.ts';

/** Runs a batch: vectors for each spec [count, its width]. */
type Run = (batch: RunParams) => Promise<Float32Array[]>;

/**
 * Runs batches in parts that fit into memory: if one does not, its halves are tried, and later batches are no larger. A text's vector does
 * not depend on what else is in its batch.
 */
export class FittingBatches {
  readonly #run: Run;
  /** Maximum tokens of a batch, as far as is known. */
  #most = Infinity;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Throws what the run throws, and its error for lack of memory if a text alone does not fit. */
  async run(batch: RunParams): Promise<Float32Array[]> {
    const { count, length } = batch;
    if (count === 1 || count * length <= this.#most) {
      try {
        return await this.#run(batch);
      } catch (error) {
        if (count === 1 || !isOutOfMemory(error)) throw error;
        this.#most = Math.ceil((count * length) / 2);
      }
    }
    const half = Math.ceil(count / 2);
    const first = await this.run(partOf(batch, 0, half));
    const second = await this.run(partOf(batch, half, count));
    return first.map((vectors, i) => joined(vectors, second[i]!));
  }
}

/** Texts `from` to `to` of a batch. */
function partOf({ ids, length, words, types, spent }: RunParams, from: number, to: number): RunParams {
  return {
    ids: ids.slice(from * length, to * length),
    count: to - from,
    length,
    words: words?.slice(from, to),
    types: types?.slice(from * length, to * length),
    spent: from === 0 ? spent : [],
  };
}
