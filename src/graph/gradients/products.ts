import type { Attribute, Value } from '../builder.ts';
import { attribute, attributeInts, given, mul, refuse, type GradientRules, type RuleContext } from './rule.ts';

/** Matrix products and related operators. */
export const PRODUCT_RULES: GradientRules = {
  MatMul: (c) => {
    const [a, b] = c.inputs as [Value, Value];
    const [sa, sb] = [c.shape(a), c.shape(b)];
    if (sa.length < 2 || sb.length < 2) return withVector(c);
    const da = c.op('MatMul', [c.dy, transposed(c, b, sb.length)]);
    // A weight: the sum over all rows is one product, without an intermediate [batch, in, out].
    if (sb.length === 2 && sa.length > 2) return [da, overRows(c, flatRows(c, a), flatRows(c, c.dy), sb)];
    const batch = c.shape(c.outputs[0]!).slice(0, -2);
    const db = c.op('MatMul', [transposed(c, a, sa.length), c.dy]);
    return [c.sumTo(da, [...batch, ...sa.slice(-2)], sa), c.sumTo(db, [...batch, ...sb.slice(-2)], sb)];
  },
  Gemm: (c) => {
    const [a, b] = c.inputs as [Value, Value];
    const bias = given(c, 2);
    const [transA, transB] = [attribute(c.node, 'transA') === 1, attribute(c.node, 'transB') === 1];
    const [alpha, beta] = [attribute(c.node, 'alpha', 1) as number, attribute(c.node, 'beta', 1) as number];
    const scale = { alpha: { float: alpha } };
    const da = transA
      ? c.op('Gemm', [b, c.dy], { transA: transB ? 1 : 0, transB: 1, ...scale })
      : c.op('Gemm', [c.dy, b], { transB: transB ? 0 : 1, ...scale });
    const db = transA
      ? transB
        ? c.op('Gemm', [c.dy, a], { transA: 1, transB: 1, ...scale })
        : c.op('Gemm', [a, c.dy], scale)
      : transB
        ? overRows(c, c.dy, a, c.shape(b), scale)
        : overRows(c, a, c.dy, c.shape(b), scale);
    if (bias === undefined) return [da, db, null];
    const sum = c.sumTo(c.dy, c.shape(c.outputs[0]!), c.shape(bias));
    return [da, db, beta === 1 ? sum : mul(c, sum, c.float(beta))];
  },
  /**
   * Each operand's gradient is again such a sum: of the result's gradient and the other operand. An index that only one operand has was
   * summed over: the gradient is broadcast over it.
   */
  Einsum: (c) => {
    const equation = (attribute(c.node, 'equation') as string).replaceAll(' ', '');
    const [left, right] = equation.split('->') as [string, string | undefined];
    const terms = left.split(',');
    if (right === undefined || equation.includes('.') || terms.length > 2 || terms.some((term) => new Set(term).size < term.length))
      throw refuse(c, `of "${equation}"`);
    return terms.map((term, i) => {
      const others = terms.flatMap((other, j) => (j === i ? [] : [{ other, value: c.inputs[j]! }]));
      const known = new Set([right, ...others.map(({ other }) => other)].join(''));
      const kept = [...term].filter((index) => known.has(index));
      const sum = c.op('Einsum', [c.dy, ...others.map(({ value }) => value)], {
        equation: `${[right, ...others.map(({ other }) => other)].join(',')}->${kept.join('')}`,
      });
      if (kept.length === term.length) return sum;
      const lost = [...term].flatMap((index, axis) => (known.has(index) ? [] : [axis]));
      return c.op('Expand', [c.op('Unsqueeze', [sum, c.ints(lost)]), c.op('Shape', [c.inputs[i]!])]);
    });
  },
  /** x [batch, in, ...], weight [out, in / group, ...]. */
  Conv: (c) => {
    const [x, weight] = c.inputs as [Value, Value];
    const rank = c.shape(x).length;
    const steps = [...(attributeInts(c.node, 'strides') ?? []), ...(attributeInts(c.node, 'dilations') ?? [])];
    if (steps.some((step) => step !== 1) || !['NOTSET', undefined].includes(attribute(c.node, 'auto_pad') as string | undefined))
      throw refuse(c, 'with strides, dilations or automatic padding');
    const group = attribute(c.node, 'group', 1) as number;
    const pads = attributeInts(c.node, 'pads') ?? Array.from({ length: 2 * (rank - 2) }, () => 0);
    const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 2);
    const dx = c.op('ConvTranspose', [c.dy, weight], { group, pads });
    // The weight's gradient is the convolution of x with the result's gradient, with texts as channels.
    const swap = (value: Value) => c.op('Transpose', [value], { perm: [1, 0, ...spatial] });
    const byGroup = c.op('Reshape', [
      x,
      c.op('Concat', [c.ints([0, group, -1]), c.op('Slice', [c.op('Shape', [x]), c.ints([2]), c.ints([rank])])], { axis: 0 }),
    ]);
    const perm = [2, 1, 0, ...spatial.map((axis) => axis + 1)];
    const channels = c.op('Reshape', [
      c.op('Transpose', [byGroup], { perm }),
      c.op('Concat', [c.ints([c.shape(x)[1]! / group, -1]), c.op('Slice', [c.op('Shape', [x]), c.ints([2]), c.ints([rank])])], { axis: 0 }),
    ]);
    const dWeight = swap(c.op('Conv', [channels, swap(c.dy)], { group, pads }));
    return [dx, dWeight, ...(given(c, 2) === undefined ? [] : [c.op('ReduceSum', [c.dy, c.ints([0, ...spatial])], { keepdims: 0 })])];
  },
};

/**
 * Gradient of a weight [m, n]: leftᵀ right, of left [rows, m] and right [rows, n]. The runtime's product with a transposed left side
 * transposes it again for every few columns of the result, so that transposing beforehand is cheaper; and cheapest if the narrower side is
 * transposed.
 */
function overRows(
  c: RuleContext,
  left: Value,
  right: Value,
  [m, n]: readonly number[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Value {
  if (m! <= n!) return c.op('Gemm', [transposed(c, left, 2), right], attributes);
  return transposed(c, c.op('Gemm', [transposed(c, right, 2), left], attributes), 2);
}

function transposed(c: RuleContext, value: Value, rank: number): Value {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return c.op('Transpose', [value], { perm });
}

/** [..., columns] -> [rows, columns] */
function flatRows(c: RuleContext, value: Value): Value {
  return c.op('Reshape', [value, c.op('Concat', [c.ints([-1]), c.op('Shape', [value], { start: -1 })], { axis: 0 })]);
}

/** A vector on the left counts as one row, on the right as one column. */
function withVector(c: RuleContext): Value[] {
  const [a, b] = c.inputs as [Value, Value];
  const [sa, sb] = [c.shape(a), c.shape(b)];
  const last = sa.at(-1)!;
  const column = (value: Value) => c.op('Unsqueeze', [value, c.ints([-1])]);
  if (sa.length === 1 && sb.length === 1) return [mul(c, c.dy, b), mul(c, c.dy, a)];
  if (sb.length === 1) {
    const db = c.op('MatMul', [c.op('Reshape', [c.dy, c.ints([1, -1])]), flatRows(c, a)]);
    return [mul(c, column(c.dy), b), c.op('Reshape', [db, c.ints([-1])])];
  }
  const row = c.op('Unsqueeze', [c.dy, c.ints([-2])]);
  const da = c.op('MatMul', [row, transposed(c, b, sb.length)]);
  return [c.sumTo(da, [...sb.slice(0, -2), 1, last], [last]), mul(c, column(a), row)];
}
