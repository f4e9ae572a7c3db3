import { Tensor } from '../graph/runtime.ts';

/** Integers in the type that a graph expects. */
export function integerTensor(type: 'int64' | 'int32', values: ArrayLike<number>, shape: number[]): Tensor {
  if (type === 'int32') return new Tensor('int32', Int32Array.from(values), shape);
  // Ids are below 2^31: only the low half of each number is set, on the little-endian machines that the runtime supports.
  const wide = new BigInt64Array(values.length);
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i]!;
  return new Tensor('int64', wide, shape);
}
