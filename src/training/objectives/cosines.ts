import type { GraphBuilder, Value } from '../../graph/builder.ts';

/** Minimum length of a vector: the cosine of the zero vector with any other is 0. */
const SHORTEST = 1e-8;

/** Rows of [n, width] divided by their lengths, each length at least 1e-8. */
export function unitRows(builder: GraphBuilder, rows: Value): Value {
  const squares = builder.op('ReduceSum', [builder.op('Mul', [rows, rows]), builder.ints([1])], { keepdims: 1 });
  // The minimum is applied before the root, whose derivative is infinite at 0.
  const lengths = builder.op('Sqrt', [builder.op('Max', [squares, builder.float(SHORTEST ** 2)])]);
  return builder.op('Div', [rows, lengths]);
}

/** Products of all rows of `a` [n, width] with all of `b` [m, width]: [n, m]. */
export function products(builder: GraphBuilder, a: Value, b: Value): Value {
  return builder.op('Gemm', [a, b], { transB: 1 });
}

/** Sum of all elements of a * b, a scalar. */
export function sumOfProducts(builder: GraphBuilder, a: Value, b: Value): Value {
  return builder.op('ReduceSum', [builder.op('Mul', [a, b])], { keepdims: 0 });
}
