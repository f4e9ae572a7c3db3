import { Tensor } from '../graph/runtime.ts';
import type { BatchSizes } from '../encoders/families/text-graph.ts';
import type { DropoutSite } from '../encoders/families/training-graph.ts';
import { dropoutMask } from './optimiser/dropout-mask.ts';
import { MOST_BYTES } from '../numeric/linear-memory.ts';
import { FloatMemory, memoriesFor } from './optimiser/float-memory.ts';
import { noMemory } from './step-error.ts';

/** Factor on the allocated size: a somewhat larger batch should not need new memory. */
const HEADROOM = 1.25;
/** Dropout sites share memory up to this size: all sites of a usual batch do (see MOST_MASK_BYTES). */
const SHARED_BYTES = 2 ** 31;

/** Bytes of all masks of a batch. */
export function maskBytes(sites: readonly DropoutSite[], sizes: BatchSizes): number {
  return sites.reduce((sum, site) => sum + FloatMemory.bytesOf(countOf(site, sizes)), 0);
}

/** Dropout masks, in memory that grows to the size of the largest batch. Determined by seed, step, chunk and site. */
export class DropoutMasks {
  readonly #seed: number;
  /** Name of the encoder, for messages. */
  readonly #name: string;
  readonly #memories: Float32Array<ArrayBuffer>[] = [];

  constructor({ seed, name }: { seed: number; name: string }) {
    this.#seed = seed;
    this.#name = name;
  }

  /** Valid until the next batch. Throws TRAINING if there is not enough memory. */
  feeds(sites: readonly DropoutSite[], sizes: BatchSizes, { step, chunk }: { step: number; chunk: number }): Record<string, Tensor> {
    const masks = sites.map((site, i) => ({
      ...site,
      place: chunk * sites.length + i,
      shape: site.dims(sizes),
      count: countOf(site, sizes),
      bytes: FloatMemory.bytesOf(countOf(site, sizes)),
    }));
    const feeds: Record<string, Tensor> = {};
    for (const [i, together] of memoriesFor(masks, SHARED_BYTES).entries()) {
      const memory = this.#memory(
        i,
        together.reduce((sum, { bytes }) => sum + bytes, 0),
        sizes,
      );
      let at = 0;
      for (const { input, rate, place, shape, count, bytes } of together) {
        const view = memory.subarray(at, at + count);
        dropoutMask(view, { seed: this.#seed, step, site: place, rate });
        feeds[input] = new Tensor('float32', view, shape);
        at += bytes / Float32Array.BYTES_PER_ELEMENT;
      }
    }
    return feeds;
  }

  #memory(i: number, bytes: number, { batch, tokens, rows }: BatchSizes): Float32Array<ArrayBuffer> {
    const known = this.#memories[i];
    if (known !== undefined && known.byteLength >= bytes) return known;
    const failed = { name: this.#name, texts: batch, tokens, counted: rows };
    if (bytes > MOST_BYTES) throw noMemory(failed);
    const count = Math.floor(Math.min(bytes * HEADROOM, MOST_BYTES) / Float32Array.BYTES_PER_ELEMENT);
    try {
      return (this.#memories[i] = new FloatMemory(FloatMemory.bytesOf(count)).take(count));
    } catch (error) {
      throw noMemory(failed, error);
    }
  }
}

function countOf({ dims }: DropoutSite, sizes: BatchSizes): number {
  return dims(sizes).reduce((product, size) => product * size, 1);
}
