import { Tensor } from 'onnxruntime-node';
import type { BatchSizes } from '../encoders/families/text-graph.ts';
import type { DropoutSite } from '../encoders/families/training-graph.ts';
import { dropoutMask } from './optimiser/dropout-mask.ts';
import { FloatMemory } from './optimiser/float-memory.ts';

/** A somewhat larger batch should not take a new memory. */
const HEADROOM = 1.25;

/** Masks of dropout, in one memory that grows to what the largest batch needs. Seed, step, part of the batch and place decide them. */
export class DropoutMasks {
  readonly #seed: number;
  #memory: Float32Array<ArrayBuffer> | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  feeds(sites: readonly DropoutSite[], sizes: BatchSizes, { step, chunk }: { step: number; chunk: number }): Record<string, Tensor> {
    const shapes = sites.map(({ dims }) => dims(sizes));
    const counts = shapes.map((dims) => dims.reduce((product, size) => product * size, 1));
    const room = counts.map((count) => FloatMemory.bytesOf(count) / Float32Array.BYTES_PER_ELEMENT);
    const total = room.reduce((sum, count) => sum + count, 0);
    if (total === 0) return {};
    if (this.#memory === undefined || this.#memory.length < total) this.#memory = new FloatMemory(Math.ceil(total * 4 * HEADROOM)).take(Math.floor(total * HEADROOM));
    const feeds: Record<string, Tensor> = {};
    let at = 0;
    for (const [i, { input, rate }] of sites.entries()) {
      const view = this.#memory.subarray(at, at + counts[i]!);
      dropoutMask(view, { seed: this.#seed, step, site: chunk * sites.length + i, rate });
      feeds[input] = new Tensor('float32', view, shapes[i]!);
      at += room[i]!;
    }
    return feeds;
  }
}
