import type { Value } from '../builder.ts';
import { TensorProto_DataType } from '../onnx_pb.ts';
import { asFloat, attribute, given, mul, none, unary, type GradientRule, type GradientRules, type RuleContext } from './rule.ts';

/** Rules whose results have the shape of the output: broadcast axes are summed afterwards. */
const broadcast =
  (rule: GradientRule): GradientRule =>
  (c) => {
    const from = c.shape(c.outputs[0]!);
    return rule(c).map((value, i) => (typeof value === 'string' ? c.sumTo(value, from, c.shape(c.inputs[i]!)) : value));
  };

/** Elementwise operators, with broadcasting. */
export const ELEMENTWISE_RULES: GradientRules = {
  Add: broadcast(({ dy }) => [dy, dy]),
  Sub: broadcast((c) => [c.dy, c.op('Neg', [c.dy])]),
  Mul: broadcast((c) => [mul(c, c.dy, c.inputs[1]!), mul(c, c.dy, c.inputs[0]!)]),
  Div: broadcast((c) => {
    const da = c.op('Div', [c.dy, c.inputs[1]!]);
    return [da, c.op('Neg', [mul(c, da, c.outputs[0]!)])];
  }),
  Sum: broadcast((c) => c.inputs.map(() => c.dy)),
  Mean: broadcast((c) => {
    const share = mul(c, c.dy, c.float(1 / c.inputs.length));
    return c.inputs.map(() => share);
  }),
  Pow: broadcast((c) => {
    const [x, exponent] = c.inputs as [Value, Value];
    // An exponent may be an integer.
    const p = asFloat(c, exponent);
    // For exponent 0 the derivative is 0, not 0 times 1/x; at x = 0 the logarithm is multiplied by 0 (both as in torch).
    const dx = c.op('Where', [
      c.op('Equal', [p, c.float(0)]),
      c.float(0),
      mul(c, c.dy, mul(c, p, c.op('Pow', [x, c.op('Sub', [p, c.float(1)])]))),
    ]);
    const dp = c.op('Where', [c.op('Equal', [x, c.float(0)]), c.float(0), mul(c, c.dy, mul(c, c.outputs[0]!, c.op('Log', [x])))]);
    return [dx, dp];
  }),
  // Equal maxima share the gradient equally; two get half each, as in torch.
  Max: broadcast((c) => extremum(c)),
  Min: broadcast((c) => extremum(c)),
  Where: broadcast((c) => {
    const [condition] = c.inputs as [Value];
    return [null, c.op('Where', [condition, c.dy, c.float(0)]), c.op('Where', [condition, c.float(0), c.dy])];
  }),
  // At a bound the gradient passes, as in torch.
  Clip: (c) => {
    const [x] = c.inputs as [Value];
    const [low, high] = [given(c, 1), given(c, 2)];
    const below = low === undefined ? undefined : c.op('Less', [x, low]);
    const above = high === undefined ? undefined : c.op('Greater', [x, high]);
    let dx = c.dy;
    for (const outside of [below, above]) if (outside !== undefined) dx = c.op('Where', [outside, c.float(0), dx]);
    // A bound is a scalar.
    const all = (outside: Value | undefined) =>
      outside === undefined ? null : c.op('ReduceSum', [c.op('Where', [outside, c.dy, c.float(0)])], { keepdims: 0 });
    return [dx, all(below), all(above)];
  },

  Neg: unary((c) => c.op('Neg', [c.dy])),
  Abs: unary((c, x) => mul(c, c.dy, c.op('Sign', [x]))),
  Exp: unary((c, _, y) => mul(c, c.dy, y)),
  Log: unary((c, x) => c.op('Div', [c.dy, x])),
  Sqrt: unary((c, _, y) => c.op('Div', [c.dy, c.op('Add', [y, y])])),
  Reciprocal: unary((c, _, y) => c.op('Neg', [mul(c, c.dy, mul(c, y, y))])),
  Sin: unary((c, x) => mul(c, c.dy, c.op('Cos', [x]))),
  Cos: unary((c, x) => c.op('Neg', [mul(c, c.dy, c.op('Sin', [x]))])),

  Tanh: unary((c, _, y) => mul(c, c.dy, c.op('Sub', [c.float(1), mul(c, y, y)]))),
  Sigmoid: unary((c, _, y) => mul(c, c.dy, mul(c, y, c.op('Sub', [c.float(1), y])))),
  Softplus: unary((c, x) => mul(c, c.dy, c.op('Sigmoid', [x]))),
  Relu: unary((c, x) => c.op('Where', [c.op('Greater', [x, c.float(0)]), c.dy, c.float(0)])),
  LeakyRelu: unary((c, x) =>
    c.op('Where', [c.op('Greater', [x, c.float(0)]), c.dy, mul(c, c.dy, c.float(attribute(c.node, 'alpha', 0.01) as number))]),
  ),
  Elu: unary((c, x, y) =>
    c.op('Where', [
      c.op('Greater', [x, c.float(0)]),
      c.dy,
      mul(c, c.dy, c.op('Add', [y, c.float(attribute(c.node, 'alpha', 1) as number)])),
    ]),
  ),
  Erf: unary((c, x) => mul(c, c.dy, mul(c, c.float(2 / Math.sqrt(Math.PI)), c.op('Exp', [c.op('Neg', [mul(c, x, x)])])))),
  Gelu: unary((c, x) => mul(c, c.dy, attribute(c.node, 'approximate') === 'tanh' ? geluTanhSlope(c, x) : geluSlope(c, x))),

  Identity: unary((c) => c.dy),
  // The gradient has the type of the cast's input; integers carry none.
  Cast: (c) => [FLOATS.has(attribute(c.node, 'to') as number) ? c.op('CastLike', [c.dy, c.inputs[0]!]) : null],
  // Kept entries were scaled by 1 / (1 - ratio), as given by the mask, which the traversal has made an output of the node.
  Dropout: (c) => {
    const [, mask] = c.outputs as [Value, Value?];
    const [ratio, training] = [given(c, 1), given(c, 2)];
    if (mask === undefined || training === undefined) return [c.dy, null, null];
    const scale = c.op('Reciprocal', [c.op('Sub', [c.float(1), ratio ?? c.float(0.5)])]);
    return [c.op('Where', [mask, mul(c, c.dy, c.op('Where', [training, scale, c.float(1)])), c.float(0)]), null, null];
  },

  // Steps and comparisons: derivative zero almost everywhere.
  ...Object.fromEntries(
    [
      'Equal',
      'Greater',
      'GreaterOrEqual',
      'Less',
      'LessOrEqual',
      'Not',
      'And',
      'Or',
      'Sign',
      'Floor',
      'Ceil',
      'Round',
      'IsNaN',
      'IsInf',
    ].map((op) => [op, none]),
  ),
};

/** Element types that can carry a gradient. */
export const FLOATS: ReadonlySet<number> = new Set([
  TensorProto_DataType.FLOAT,
  TensorProto_DataType.DOUBLE,
  TensorProto_DataType.FLOAT16,
  TensorProto_DataType.BFLOAT16,
]);

function extremum(c: RuleContext): Value[] {
  const hits = c.inputs.map((input) => asFloat(c, c.op('Equal', [input, c.outputs[0]!])));
  const share = c.op('Div', [c.dy, c.op('Sum', hits)]);
  return hits.map((hit) => mul(c, share, hit));
}

/**
 * Derivative of x Φ(x): Φ(x) + x φ(x), with u = x / √2: (1 + erf u) / 2 + u exp(-u² - ln √π). Uses few passes over the data, as each takes
 * the same time.
 */
function geluSlope(c: RuleContext, x: Value): Value {
  const u = mul(c, x, c.float(Math.SQRT1_2));
  // HardSigmoid without clipping: x / 2 + 1/2 for x within -1 and 1.
  const cumulative = c.op('HardSigmoid', [c.op('Erf', [u])], { alpha: { float: 0.5 }, beta: { float: 0.5 } });
  const density = c.op('Exp', [c.op('Sub', [c.float(-Math.log(Math.PI) / 2), mul(c, u, u)])]);
  return c.op('Add', [cumulative, mul(c, u, density)]);
}

/** Derivative of 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
function geluTanhSlope(c: RuleContext, x: Value): Value {
  const k = Math.sqrt(2 / Math.PI);
  const square = mul(c, x, x);
  const t = c.op('Tanh', [mul(c, x, c.op('Add', [c.float(k), mul(c, square, c.float(k * 0.044715))]))]);
  const inner = c.op('Add', [c.float(k), mul(c, square, c.float(3 * k * 0.044715))]);
  const slope = mul(c, mul(c, x, inner), c.op('Sub', [c.float(1), mul(c, t, t)]));
  return mul(c, c.float(0.5), c.op('Add', [c.op('Add', [c.float(1), t]), slope]));
}
