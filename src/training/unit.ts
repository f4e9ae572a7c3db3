import type { GraphBuilder, Value } from '../graph/builder.ts';

/** Shorter vectors are scaled as if they had this length, as in torch's normalize. */
const SHORTEST = 1e-12;

/** Vectors [batch, width] normalised to length 1. */
export function unit(builder: GraphBuilder, vectors: Value): Value {
  const squares = builder.op('ReduceSum', [builder.op('Mul', [vectors, vectors]), builder.ints([1])], { keepdims: 1 });
  return builder.op('Div', [vectors, builder.op('Max', [builder.op('Sqrt', [squares]), builder.float(SHORTEST)])]);
}
