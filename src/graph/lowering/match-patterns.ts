import type { Value } from '../builder.ts';
import type { NodeProto } from '../onnx_pb.ts';
import type { NodeRule, Rewrite } from './rewrite.ts';

/** Layer norm and Gelu as decomposed by exporters, replaced by the single operator; the remains are pruned. */
export const matchPatterns: NodeRule = (node, r) => {
  if (node.domain !== '') return false;
  if (node.opType === 'Add') return layerNorm(node, r);
  return node.opType === 'Mul' && gelu(node, r);
};

/** (x - mean) / sqrt(mean((x - mean)²) + epsilon) * scale + shift */
function layerNorm(node: NodeProto, r: Rewrite): boolean {
  const shifted = withVector(node, r);
  const scaled = shifted === undefined ? undefined : made(r, shifted.other, 'Mul');
  const found = scaled === undefined ? undefined : withVector(scaled, r);
  const division = found === undefined ? undefined : made(r, found.other, 'Div');
  if (division === undefined) return false;
  const centred = made(r, division.input[0]!, 'Sub');
  const x = centred?.input[0];
  const root = made(r, division.input[1]!, 'Sqrt');
  const variance = root === undefined ? undefined : made(r, root.input[0]!, 'Add');
  if (x === undefined || variance === undefined || !isMeanOf(r, centred!.input[1]!, (value) => value === x)) return false;
  const [epsilon, mean] = parted(r, variance);
  if (epsilon === undefined || mean === undefined || !isMeanOf(r, mean, (value) => isSquareOfCentred(r, value, x))) return false;
  r.as(node.output[0]!, 'LayerNormalization', [x, found!.vector, shifted!.vector], { axis: -1, epsilon: { float: epsilon } });
  return true;
}

function isSquareOfCentred(r: Rewrite, value: Value, x: Value): boolean {
  const square = r.producer.get(through(r, value));
  if (square === undefined) return false;
  const squares =
    square.opType === 'Pow' ? r.number(square.input[1]) === 2 : square.opType === 'Mul' && square.input[0] === square.input[1];
  const centred = squares ? made(r, square.input[0]!, 'Sub') : undefined;
  return centred?.input[0] === x && isMeanOf(r, centred.input[1]!, (mean) => mean === x);
}

/** Whether a value is the mean over the last axis, kept, of one that satisfies `is`. */
function isMeanOf(r: Rewrite, value: Value, is: (value: Value) => boolean): boolean {
  const mean = made(r, value, 'ReduceMean');
  if (mean === undefined || mean.attribute.some(({ name, i }) => name === 'keepdims' && i === 0n)) return false;
  const axes = r.numbers(mean.input[1]);
  return axes?.length === 1 && axes[0] === -1 && is(mean.input[0]!);
}

/** x / 2 * (1 + erf(x / √2)), with factors in any order. */
function gelu(node: NodeProto, r: Rewrite): boolean {
  // Factors of the whole product: x, 0.5 and the sum.
  const factors = node.input.flatMap((input) => {
    const maker = made(r, input, 'Mul');
    return maker === undefined ? [input] : maker.input;
  });
  const sums = factors.map((factor) => made(r, factor, 'Add'));
  const at = sums.findIndex((sum) => sum !== undefined && isErfPlusOne(r, sum) !== undefined);
  if (factors.length !== 3 || at === -1) return false;
  const others = factors.filter((_, i) => i !== at);
  const half = others.findIndex((other) => r.number(other) === 0.5);
  const x = others[1 - half];
  if (half === -1 || x !== isErfPlusOne(r, sums[at]!)) return false;
  r.as(node.output[0]!, 'Gelu', [x!]);
  return true;
}

/** x of erf(x / √2) + 1. */
function isErfPlusOne(r: Rewrite, sum: NodeProto): Value | undefined {
  const [one, value] = parted(r, sum);
  const erf = one === 1 ? made(r, value!, 'Erf') : undefined;
  const inner = erf === undefined ? undefined : r.producer.get(through(r, erf.input[0]!));
  if (inner?.opType === 'Div') return near(r.number(inner.input[1]), Math.SQRT2) ? inner.input[0] : undefined;
  if (inner?.opType !== 'Mul') return undefined;
  const [factor, x] = parted(r, inner);
  return near(factor, Math.SQRT1_2) ? x : undefined;
}

/** Constants may be rounded: 1.4142, 1.41421354. */
function near(value: number | undefined, wanted: number): boolean {
  return value !== undefined && Math.abs(value - wanted) < 1e-4;
}

/** A scalar constant and the other operand. */
function parted(r: Rewrite, { input: [a, b] }: NodeProto): [number, Value] | [undefined, undefined] {
  const [first, second] = [r.number(a), r.number(b)];
  if (first !== undefined) return [first, b!];
  return second === undefined ? [undefined, undefined] : [second, a!];
}

/** A one-dimensional weight and the other operand. */
function withVector({ input: [a, b] }: NodeProto, r: Rewrite): { vector: Value; other: Value } | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (r.weights.get(a)?.dims.length === 1) return { vector: a, other: b };
  return r.weights.get(b)?.dims.length === 1 ? { vector: b, other: a } : undefined;
}

/** The node that produces a tensor, if it is of that type. */
function made(r: Rewrite, value: Value, opType: string): NodeProto | undefined {
  const node = r.producer.get(through(r, value));
  return node?.opType === opType ? node : undefined;
}

/** Skips casts that change nothing. */
function through(r: Rewrite, value: Value): Value {
  const node = r.producer.get(value);
  return node?.opType === 'Cast' || node?.opType === 'Identity' ? through(r, node.input[0]!) : value;
}
