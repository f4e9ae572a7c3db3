import type { NodeProto } from './onnx_pb.ts';
import { TensorProto_DataType } from './onnx_pb.ts';
import type { Attribute, Value } from './builder.ts';

/** What a gradient rule may ask for and make. Shapes are those of a probe run: which axes are 1 tells what was broadcast. */
export interface RuleContext {
  readonly node: NodeProto;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient of the first output. */
  readonly dy: Value;
  /** Gradients of all outputs; undefined where nothing depends on one. */
  readonly dys: readonly (Value | undefined)[];
  op(opType: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  ops(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>, outputs: number): Value[];
  ints(values: readonly number[] | number): Value;
  float(value: number): Value;
  shape(value: Value): readonly number[];
  /** Value of a constant of whole numbers; undefined for what is computed. */
  constant(value: Value): readonly number[] | undefined;
  /** How rows that were gathered by `ids` are put back; undefined where nobody has said. */
  inverse(ids: Value): Inverse | undefined;
  /** Sums `value` [from, broadcast] over the axes along which `like` was broadcast. */
  sumTo(value: Value, from: readonly number[], like: readonly number[]): Value;
}

/** The index that undoes another. */
export interface Inverse {
  readonly ids: Value;
  /** It names one row more than there are, for places that nothing was taken from: their gradient is zero. */
  readonly zeroRow: boolean;
}

/** Gradient of a table that was looked up: row `values[i]` belongs to row `ids[i]`. */
export interface RowGradient {
  readonly ids: Value;
  readonly values: Value;
}

/** One gradient for each input; null: none, the input is no place for one (a shape, an index) or its derivative is zero. */
export type GradientRule = (context: RuleContext) => readonly (Value | RowGradient | null)[];

/** Rules whose results have the shape of the output: what was broadcast is summed afterwards. */
const elementwise = (rule: GradientRule): GradientRule => (c) => {
  const from = c.shape(c.outputs[0]!);
  return rule(c).map((value, i) => (typeof value === 'string' ? c.sumTo(value, from, c.shape(c.inputs[i]!)) : value));
};

/** A rule of one input. */
const unary = (rule: (c: RuleContext, x: Value, y: Value) => Value): GradientRule => (c) => [rule(c, c.inputs[0]!, c.outputs[0]!), ...c.inputs.slice(1).map(() => null)];

const none: GradientRule = (c) => c.inputs.map(() => null);

const mul = (c: RuleContext, a: Value, b: Value): Value => c.op('Mul', [a, b]);

/**
 * Reverse-mode derivatives of ONNX operators (opset 20), operator -> rule. The walk (differentiate.ts) adds up what flows
 * together and sums over broadcast axes; a rule gives the product of the output's gradient with the operator's Jacobian.
 */
export const GRADIENT_RULES: Readonly<Record<string, GradientRule>> = {
  Add: elementwise(({ dy }) => [dy, dy]),
  Sub: elementwise((c) => [c.dy, c.op('Neg', [c.dy])]),
  Mul: elementwise((c) => [mul(c, c.dy, c.inputs[1]!), mul(c, c.dy, c.inputs[0]!)]),
  Div: elementwise((c) => {
    const da = c.op('Div', [c.dy, c.inputs[1]!]);
    return [da, c.op('Neg', [mul(c, da, c.outputs[0]!)])];
  }),
  Sum: elementwise((c) => c.inputs.map(() => c.dy)),
  Pow: elementwise((c) => {
    const [x, p] = c.inputs as [Value, Value];
    const dx = mul(c, c.dy, mul(c, p, c.op('Pow', [x, c.op('Sub', [p, c.float(1)])])));
    return [dx, mul(c, c.dy, mul(c, c.outputs[0]!, c.op('Log', [x])))];
  }),
  // Where both are equal each gets half, as torch has it.
  Max: elementwise((c) => extremum(c, 'Greater')),
  Min: elementwise((c) => extremum(c, 'Less')),
  Where: elementwise((c) => {
    const [condition, , ] = c.inputs as [Value, Value, Value];
    return [null, c.op('Where', [condition, c.dy, c.float(0)]), c.op('Where', [condition, c.float(0), c.dy])];
  }),
  Neg: unary((c) => c.op('Neg', [c.dy])),
  Abs: unary((c, x) => mul(c, c.dy, c.op('Sign', [x]))),
  Exp: unary((c, _, y) => mul(c, c.dy, y)),
  Log: unary((c, x) => c.op('Div', [c.dy, x])),
  Sqrt: unary((c, _, y) => c.op('Div', [c.dy, c.op('Add', [y, y])])),
  Reciprocal: unary((c, _, y) => c.op('Neg', [mul(c, c.dy, mul(c, y, y))])),
  Tanh: unary((c, _, y) => mul(c, c.dy, c.op('Sub', [c.float(1), mul(c, y, y)]))),
  Sigmoid: unary((c, _, y) => mul(c, c.dy, mul(c, y, c.op('Sub', [c.float(1), y])))),
  Sin: unary((c, x) => mul(c, c.dy, c.op('Cos', [x]))),
  Cos: unary((c, x) => c.op('Neg', [mul(c, c.dy, c.op('Sin', [x]))])),
  Relu: unary((c, x) => c.op('Where', [c.op('Greater', [x, c.float(0)]), c.dy, c.float(0)])),
  Erf: unary((c, x) => mul(c, c.dy, mul(c, c.float(2 / Math.sqrt(Math.PI)), c.op('Exp', [c.op('Neg', [mul(c, x, x)])])))),
  Gelu: unary((c, x) => mul(c, c.dy, attribute(c.node, 'approximate') === 'tanh' ? geluTanhSlope(c, x) : geluSlope(c, x))),
  Clip: (c) => {
    const [x, low = '', high = ''] = c.inputs as [Value, Value?, Value?];
    let dx = c.dy;
    if (low !== '') dx = c.op('Where', [c.op('Less', [x, low]), c.float(0), dx]);
    if (high !== '') dx = c.op('Where', [c.op('Greater', [x, high]), c.float(0), dx]);
    return [dx, null, null];
  },
  Identity: unary((c) => c.dy),
  Cast: unary((c) => c.dy),
  // Kept entries were scaled up by 1 / (1 - ratio): the mask and the ratio say which and by how much.
  Dropout: (c) => {
    const [, ratio = ''] = c.inputs;
    const mask = c.outputs[1];
    if (mask === undefined || mask === '' || c.inputs[2] === undefined) return [c.dy, null, null];
    const scaled = c.op('Div', [c.dy, c.op('Sub', [c.float(1), ratio === '' ? c.float(0.5) : ratio])]);
    return [c.op('Where', [mask, scaled, c.float(0)]), null, null];
  },

  MatMul: (c) => {
    const [a, b] = c.inputs as [Value, Value];
    const [sa, sb] = [c.shape(a), c.shape(b)];
    if (sa.length < 2 || sb.length < 2) return matrixTimesVector(c);
    const batch = c.shape(c.outputs[0]!).slice(0, -2);
    const da = c.op('MatMul', [c.dy, transposed(c, b, sb.length)]);
    // A weight: the sum over all rows is one product, and no [batch, in, out] is ever made.
    if (sb.length === 2 && sa.length > 2) return [da, c.op('Gemm', [flatRows(c, a, sa), flatRows(c, c.dy, [...batch, sa.at(-2)!, sb[1]!])], { transA: 1 })];
    const db = c.op('MatMul', [transposed(c, a, sa.length), c.dy]);
    return [c.sumTo(da, [...batch, ...sa.slice(-2)], sa), c.sumTo(db, [...batch, ...sb.slice(-2)], sb)];
  },
  Gemm: (c) => {
    const [a, b, bias = ''] = c.inputs as [Value, Value, Value?];
    const [transA, transB] = [attribute(c.node, 'transA') === 1, attribute(c.node, 'transB') === 1];
    const [alpha, beta] = [attribute(c.node, 'alpha', 1) as number, attribute(c.node, 'beta', 1) as number];
    const scale = { alpha: { float: alpha } };
    const da = transA ? c.op('Gemm', [b, c.dy], { transA: transB ? 1 : 0, transB: 1, ...scale }) : c.op('Gemm', [c.dy, b], { transB: transB ? 0 : 1, ...scale });
    const db = transB ? c.op('Gemm', [c.dy, a], { transA: 1, transB: transA ? 1 : 0, ...scale }) : c.op('Gemm', [a, c.dy], { transA: transA ? 0 : 1, ...scale });
    if (bias === '') return [da, db];
    const sum = c.sumTo(c.dy, c.shape(c.outputs[0]!), c.shape(bias));
    return [da, db, beta === 1 ? sum : mul(c, sum, c.float(beta))];
  },

  Softmax: (c) => {
    const axis = attribute(c.node, 'axis', -1) as number;
    const weighted = mul(c, c.dy, c.outputs[0]!);
    return [c.op('Sub', [weighted, mul(c, c.outputs[0]!, c.op('ReduceSum', [weighted, c.ints([axis])], { keepdims: 1 }))])];
  },
  LogSoftmax: (c) => {
    const axis = attribute(c.node, 'axis', -1) as number;
    return [c.op('Sub', [c.dy, mul(c, c.op('Exp', [c.outputs[0]!]), c.op('ReduceSum', [c.dy, c.ints([axis])], { keepdims: 1 }))])];
  },
  // Ba et al. 2016. The walk sees to it that mean and inverse deviation are outputs of the node.
  LayerNormalization: (c) => {
    const [x, scale, bias = ''] = c.inputs as [Value, Value, Value?];
    const [, mean, inverse] = c.outputs as [Value, Value, Value];
    const rank = c.shape(x).length;
    const axis = attribute(c.node, 'axis', -1) as number;
    const from = axis < 0 ? rank + axis : axis;
    const axes = c.ints(Array.from({ length: rank - from }, (_, i) => from + i));
    const normal = mul(c, c.op('Sub', [x, mean]), inverse);
    const dNormal = mul(c, c.dy, scale);
    const average = (value: Value) => c.op('ReduceMean', [value, axes], { keepdims: 1 });
    const centred = c.op('Sub', [c.op('Sub', [dNormal, average(dNormal)]), mul(c, normal, average(mul(c, dNormal, normal)))]);
    const shape = c.shape(x);
    const dScale = c.sumTo(mul(c, c.dy, normal), shape, c.shape(scale));
    return [mul(c, inverse, centred), dScale, ...(bias === '' ? [] : [c.sumTo(c.dy, shape, c.shape(bias))])];
  },

  ReduceSum: (c) => [spread(c), null],
  ReduceMean: (c) => {
    const [x] = c.inputs as [Value];
    const count = c.op('Div', [sizeOf(c, x), sizeOf(c, c.outputs[0]!)]);
    return [c.op('Div', [spread(c), count]), null];
  },
  // The gradient goes to the largest, in equal parts where there are several.
  ReduceMax: (c) => {
    const [x] = c.inputs as [Value];
    const axes = reducedAxes(c);
    const largest = attribute(c.node, 'keepdims', 1) === 1 ? c.outputs[0]! : c.op('Unsqueeze', [c.outputs[0]!, axes]);
    const hits = c.op('Cast', [c.op('Equal', [x, largest])], { to: TensorProto_DataType.FLOAT });
    const share = c.op('Div', [hits, c.op('ReduceSum', [hits, axes], { keepdims: 1 })]);
    return [mul(c, spread(c), share), null];
  },

  Reshape: unary((c, x) => c.op('Reshape', [c.dy, c.op('Shape', [x])])),
  Flatten: unary((c, x) => c.op('Reshape', [c.dy, c.op('Shape', [x])])),
  Squeeze: unary((c, x) => c.op('Reshape', [c.dy, c.op('Shape', [x])])),
  Unsqueeze: unary((c, x) => c.op('Reshape', [c.dy, c.op('Shape', [x])])),
  Transpose: unary((c, x) => {
    const rank = c.shape(x).length;
    const perm = attributeInts(c.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    return c.op('Transpose', [c.dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) });
  }),
  Expand: (c) => [c.sumTo(c.dy, c.shape(c.outputs[0]!), c.shape(c.inputs[0]!)), null],
  Concat: (c) => {
    const axis = attribute(c.node, 'axis') as number;
    const sizes = c.op('Concat', c.inputs.map((input) => c.op('Gather', [c.op('Shape', [input]), c.ints([axis < 0 ? c.shape(input).length + axis : axis])])), { axis: 0 });
    return c.inputs.length === 1 ? [c.dy] : c.ops('Split', [c.dy, sizes], { axis }, c.inputs.length);
  },
  Split: (c) => {
    const parts = c.outputs.map((output, i) => c.dys[i] ?? zerosLike(c, output));
    return [c.op('Concat', parts, { axis: attribute(c.node, 'axis', 0) as number }), null];
  },
  Slice: (c) => {
    const [x, starts, , axesInput = '', steps = ''] = c.inputs as [Value, Value, Value, Value?, Value?];
    const rank = c.shape(x).length;
    const axes = axesInput === '' ? Array.from({ length: c.shape(starts)[0]! }, (_, i) => i) : c.constant(axesInput);
    const plain = axes !== undefined && (steps === '' || c.constant(steps)?.every((step) => step === 1) === true);
    return [plain ? padBack(c, { x, starts, axes: axes.map((axis) => (axis < 0 ? axis + rank : axis)), rank }) : scatterBack(c, x), null, null, null, null];
  },
  Pad: (c) => {
    const [x, pads] = c.inputs as [Value, Value];
    const rank = c.shape(x).length;
    const starts = c.op('Slice', [pads, c.ints([0]), c.ints([rank])]);
    return [c.op('Slice', [c.dy, starts, c.op('Add', [starts, c.op('Shape', [x])])]), null, null, null];
  },
  Gather: (c) => {
    const [x, ids] = c.inputs as [Value, Value];
    const rank = c.shape(x).length;
    const axis = ((attribute(c.node, 'axis', 0) as number) + rank) % rank;
    const inverse = axis === 0 ? c.inverse(ids) : undefined;
    if (inverse !== undefined) return [gatherBack(c, inverse), null];
    if (axis === 0) return [{ ids, values: c.dy }, null];
    return [scatterBack(c, x), null];
  },
  GatherElements: (c) => {
    const [x, ids] = c.inputs as [Value, Value];
    return [c.op('ScatterElements', [zerosLike(c, x), ids, c.dy], { axis: attribute(c.node, 'axis', 0) as number, reduction: 'add' }), null];
  },
  GatherND: (c) => [c.op('ScatterND', [zerosLike(c, c.inputs[0]!), c.inputs[1]!, c.dy], { reduction: 'add' }), null],

  // Steps and counts: flat almost everywhere.
  ...Object.fromEntries(['Shape', 'Size', 'Range', 'ConstantOfShape', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'Sign', 'Floor', 'Ceil', 'Round', 'IsNaN', 'ArgMax', 'NonZero', 'CumSum', 'Trilu', 'OneHot', 'Mod'].map((op) => [op, none])),
};

function extremum(c: RuleContext, better: 'Greater' | 'Less'): Value[] {
  if (c.inputs.length !== 2) throw new Error(`${c.node.opType} of ${c.inputs.length} inputs`);
  const [a, b] = c.inputs as [Value, Value];
  const as = (condition: Value) => c.op('Cast', [condition], { to: TensorProto_DataType.FLOAT });
  const tie = mul(c, as(c.op('Equal', [a, b])), c.float(0.5));
  return [mul(c, c.dy, c.op('Add', [as(c.op(better, [a, b])), tie])), mul(c, c.dy, c.op('Add', [as(c.op(better, [b, a])), tie]))];
}

/** Slope of x Φ(x): Φ(x) + x φ(x). */
function geluSlope(c: RuleContext, x: Value): Value {
  const cumulative = mul(c, c.float(0.5), c.op('Add', [c.float(1), c.op('Erf', [mul(c, x, c.float(Math.SQRT1_2))])]));
  const density = c.op('Exp', [mul(c, mul(c, x, x), c.float(-0.5))]);
  return c.op('Add', [cumulative, mul(c, mul(c, x, density), c.float(1 / Math.sqrt(2 * Math.PI)))]);
}

/** Slope of 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
function geluTanhSlope(c: RuleContext, x: Value): Value {
  const k = Math.sqrt(2 / Math.PI);
  const square = mul(c, x, x);
  const t = c.op('Tanh', [mul(c, x, c.op('Add', [c.float(k), mul(c, square, c.float(k * 0.044715))]))]);
  const inner = c.op('Add', [c.float(k), mul(c, square, c.float(3 * k * 0.044715))]);
  const slope = mul(c, mul(c, x, inner), c.op('Sub', [c.float(1), mul(c, t, t)]));
  return mul(c, c.float(0.5), c.op('Add', [c.op('Add', [c.float(1), t]), slope]));
}

function transposed(c: RuleContext, value: Value, rank: number): Value {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return c.op('Transpose', [value], { perm });
}

/** [..., columns] -> [rows, columns] */
function flatRows(c: RuleContext, value: Value, shape: readonly number[]): Value {
  return c.op('Reshape', [value, c.ints([-1, shape.at(-1)!])]);
}

function matrixTimesVector(c: RuleContext): Value[] {
  const [a, b] = c.inputs as [Value, Value];
  const [sa, sb] = [c.shape(a).length, c.shape(b).length];
  const column = (value: Value) => c.op('Unsqueeze', [value, c.ints([-1])]);
  const row = (value: Value) => c.op('Unsqueeze', [value, c.ints([-2])]);
  if (sa === 1 && sb === 1) return [mul(c, c.dy, b), mul(c, c.dy, a)];
  if (sb === 1) {
    const db = c.op('MatMul', [c.op('Reshape', [c.dy, c.ints([1, -1])]), c.op('Reshape', [a, c.ints([-1, c.shape(a).at(-1)!])])]);
    return [mul(c, column(c.dy), b), c.op('Reshape', [db, c.ints([-1])])];
  }
  if (sb > 2) throw new Error('a vector times a batch of matrices');
  return [c.op('MatMul', [c.dy, transposed(c, b, sb)]), mul(c, column(a), row(c.dy))];
}

/** The gradient of a sum, the same for each of its terms. */
function spread(c: RuleContext): Value {
  const [x] = c.inputs as [Value];
  const dy = attribute(c.node, 'keepdims', 1) === 1 ? c.dy : c.op('Unsqueeze', [c.dy, reducedAxes(c)]);
  return c.op('Expand', [dy, c.op('Shape', [x])]);
}

function reducedAxes(c: RuleContext): Value {
  const axes = c.inputs[1];
  if (axes !== undefined && axes !== '') return axes;
  return c.ints(c.shape(c.inputs[0]!).map((_, axis) => axis));
}

function sizeOf(c: RuleContext, value: Value): Value {
  return c.op('Cast', [c.op('Size', [value])], { to: TensorProto_DataType.FLOAT });
}

function zerosLike(c: RuleContext, value: Value): Value {
  return c.op('ConstantOfShape', [c.op('Shape', [value])]);
}

/** Rows put back to where they were gathered from. */
function gatherBack(c: RuleContext, { ids, zeroRow }: Inverse): Value {
  const width = c.shape(c.inputs[0]!).at(-1)!;
  if (!zeroRow) return c.op('Gather', [c.dy, ids]);
  const zeros = c.op('ConstantOfShape', [c.ints([1, width])]);
  return c.op('Gather', [c.op('Concat', [c.dy, zeros], { axis: 0 }), ids]);
}

/** Zeros around the gradient of a slice. */
function padBack(c: RuleContext, { x, starts, axes, rank }: { x: Value; starts: Value; axes: readonly number[]; rank: number }): Value {
  const shape = c.op('Shape', [x]);
  const size = c.op('Gather', [shape, c.ints(axes)]);
  const length = c.op('Gather', [c.op('Shape', [c.dy]), c.ints(axes)]);
  // A start below 0 counts from the end; one beyond the beginning is the beginning.
  const begin = c.op('Where', [c.op('Less', [starts, c.ints([0])]), c.op('Max', [c.op('Add', [starts, size]), c.ints([0])]), c.op('Min', [starts, size])]);
  const end = c.op('Sub', [c.op('Sub', [size, begin]), length]);
  const zeros = c.ints(Array.from({ length: 2 * rank }, () => 0));
  const pads = c.op('ScatterElements', [zeros, c.ints([...axes, ...axes.map((axis) => axis + rank)]), c.op('Concat', [begin, end], { axis: 0 })]);
  return c.op('Pad', [c.dy, pads]);
}

/** What an operator picked out of `x`, put back: the same operator on the elements' numbers says where each came from. */
function scatterBack(c: RuleContext, x: Value): Value {
  const shape = c.op('Shape', [x]);
  const count = c.op('Size', [x]);
  const numbers = c.op('Reshape', [c.op('Range', [c.ints(0), count, c.ints(1)]), shape]);
  const attributes = Object.fromEntries(c.node.attribute.map(({ name, i }) => [name, Number(i)]));
  const picked = c.op(c.node.opType, [numbers, ...c.inputs.slice(1)], attributes);
  const flat = (value: Value) => c.op('Reshape', [value, c.ints([-1])]);
  const zeros = c.op('ConstantOfShape', [c.op('Reshape', [count, c.ints([1])])]);
  return c.op('Reshape', [c.op('ScatterElements', [zeros, flat(picked), flat(c.dy)], { axis: 0, reduction: 'add' }), shape]);
}

/** Number or word of an attribute. */
function attribute(node: NodeProto, name: string, fallback?: number): number | string | undefined {
  const found = node.attribute.find((each) => each.name === name);
  if (found === undefined) return fallback;
  // Attribute types of onnx.proto: 1 float, 2 int, 3 string.
  if (found.type === 1) return found.f;
  return found.type === 3 ? new TextDecoder().decode(found.s) : Number(found.i);
}

function attributeInts(node: NodeProto, name: string): number[] | undefined {
  const found = node.attribute.find((each) => each.name === name);
  return found?.ints.map(Number);
}
