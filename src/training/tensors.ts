import { Tensor } from '../graph/runtime.ts';
import type { Feed, Feeds } from './objective.ts';

/** A feed as a tensor of the runtime, sharing its memory. */
export function tensorOf({ type, dims, data }: Feed): Tensor {
  return type === 'float32' ? new Tensor(type, data, dims) : type === 'int64' ? new Tensor(type, data, dims) : new Tensor(type, data, dims);
}

export function tensorsOf(feeds: Feeds): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, tensorOf(feed)]));
}

export function zeros(dims: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(dims.reduce((product, size) => product * size, 1)), dims);
}
