import type { Value } from '../builder.ts';
import { asFloat, attribute, axisOf, given, mul, none, refuse, type GradientRule, type GradientRules, type RuleContext } from './rule.ts';

/** Sums, means and extrema over axes, and normalisations by them. */
export const REDUCTION_RULES: GradientRules = {
  ReduceSum: reduction((c) => spread(c, c.dy)),
  ReduceMean: reduction((c) => {
    const count = c.op('Div', [sizeOf(c, c.inputs[0]!), sizeOf(c, c.outputs[0]!)]);
    return spread(c, c.op('Div', [c.dy, count]));
  }),
  ReduceSumSquare: reduction((c, x) => mul(c, x, kept(c, c.op('Add', [c.dy, c.dy])))),
  // The derivative at the zero vector is 0, as in torch.
  ReduceL2: reduction((c, x) => {
    const [y] = c.outputs as [Value];
    return mul(c, x, kept(c, c.op('Where', [c.op('Equal', [y, c.float(0)]), c.float(0), c.op('Div', [c.dy, y])])));
  }),
  ReduceL1: reduction((c, x) => mul(c, c.op('Sign', [x]), kept(c, c.dy))),
  ReduceLogSumExp: reduction((c, x) => mul(c, c.op('Exp', [c.op('Sub', [x, kept(c, c.outputs[0]!)])]), kept(c, c.dy))),
  // The gradient goes to the maximum, in equal parts if there are several.
  ReduceMax: reduction(extreme),
  ReduceMin: reduction(extreme),

  Softmax: (c) => {
    const [y] = c.outputs as [Value];
    const weighted = mul(c, c.dy, y);
    return [c.op('Sub', [weighted, mul(c, y, c.op('ReduceSum', [weighted, axisAttribute(c)], { keepdims: 1 }))])];
  },
  LogSoftmax: (c) => [
    c.op('Sub', [c.dy, mul(c, c.op('Exp', [c.outputs[0]!]), c.op('ReduceSum', [c.dy, axisAttribute(c)], { keepdims: 1 }))]),
  ],
  // Ba et al. 2016. The traversal has made mean and inverse standard deviation outputs of the node.
  LayerNormalization: (c) => {
    const [x, scale] = c.inputs as [Value, Value];
    const [, mean, inverse] = c.outputs as [Value, Value, Value];
    const shape = c.shape(x);
    const from = axisOf(c, x, -1);
    const axes = c.ints(Array.from({ length: shape.length - from }, (_, i) => from + i));
    const normal = mul(c, c.op('Sub', [x, mean]), inverse);
    const dNormal = mul(c, c.dy, scale);
    const average = (value: Value) => c.op('ReduceMean', [value, axes], { keepdims: 1 });
    const centred = c.op('Sub', [c.op('Sub', [dNormal, average(dNormal)]), mul(c, normal, average(mul(c, dNormal, normal)))]);
    const dScale = c.sumTo(mul(c, c.dy, normal), shape, c.shape(scale));
    const bias = given(c, 2);
    return [mul(c, inverse, centred), dScale, bias === undefined ? null : c.sumTo(c.dy, shape, c.shape(bias))];
  },
  // x at i contributes to the sums from i on: the gradient is the same sum from the other end.
  CumSum: (c) => {
    const [exclusive, reverse] = [attribute(c.node, 'exclusive', 0) as number, attribute(c.node, 'reverse', 0) as number];
    return [c.op('CumSum', [c.dy, c.inputs[1]!], { exclusive, reverse: 1 - reverse }), null];
  },

  ArgMax: none,
  ArgMin: none,
};

/** Rule of an operator whose second input is the axes; without axes and with `noop_with_empty_axes` it is the identity. */
function reduction(rule: (c: RuleContext, x: Value) => Value): GradientRule {
  return (c) => {
    if (attribute(c.node, 'noop_with_empty_axes') === 1 && (given(c, 1) === undefined || c.constant(c.inputs[1]!)?.length === 0)) {
      if (c.node.opType !== 'ReduceSum' && c.node.opType !== 'ReduceMean') throw refuse(c, 'over no axes');
      return [c.dy, null];
    }
    return [rule(c, c.inputs[0]!), null];
  };
}

/** A tensor of the output's shape, as if `keepdims` were 1: it broadcasts to the input. */
function kept(c: RuleContext, value: Value): Value {
  return attribute(c.node, 'keepdims', 1) === 1 ? value : c.op('Unsqueeze', [value, axesOf(c)]);
}

/** The same broadcast to all elements that were reduced. */
function spread(c: RuleContext, value: Value): Value {
  return c.op('Expand', [kept(c, value), c.op('Shape', [c.inputs[0]!])]);
}

function extreme(c: RuleContext, x: Value): Value {
  const hits = asFloat(c, c.op('Equal', [x, kept(c, c.outputs[0]!)]));
  return mul(c, hits, c.op('Div', [kept(c, c.dy), c.op('ReduceSum', [hits, axesOf(c)], { keepdims: 1 })]));
}

function axesOf(c: RuleContext): Value {
  return given(c, 1) ?? c.ints(c.shape(c.inputs[0]!).map((_, axis) => axis));
}

function axisAttribute(c: RuleContext): Value {
  return c.ints([attribute(c.node, 'axis', -1) as number]);
}

function sizeOf(c: RuleContext, value: Value): Value {
  return asFloat(c, c.op('Size', [value]));
}
