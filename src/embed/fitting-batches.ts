import { isOutOfMemory } from '../graph/out-of-memory.ts';
import { Fitting, joined } from './fitting.ts';
import type { TextBatch } from './run-params.ts';

/** Batches of texts that are run in parts if they do not fit into memory: vectors for each spec [count, its width]. */
export function fittingBatches(run: (batch: TextBatch) => Promise<Float32Array[]>): Fitting<TextBatch, Float32Array[]> {
  return new Fitting({
    run,
    count: ({ count }) => count,
    size: ({ count, length }) => count * length,
    halves: (batch) => {
      const half = Math.ceil(batch.count / 2);
      return [partOf(batch, 0, half), partOf(batch, half, batch.count)];
    },
    join: ([first, second]) => first.map((vectors, i) => joined(vectors, second[i]!)),
    isOutOfMemory,
  });
}

/** Texts `from` to `to` of a batch. */
function partOf({ ids, length, words, types }: TextBatch, from: number, to: number): TextBatch {
  return {
    ids: ids.slice(from * length, to * length),
    count: to - from,
    length,
    words: words?.slice(from, to),
    types: types?.slice(from * length, to * length),
  };
}
