import type { Value } from '../builder.ts';
import { attribute, attributeInts, axisOf, given, none, refuse, unary, zerosLike, type GradientRules, type RuleContext } from './rule.ts';
import { scatterBack } from './lookups.ts';

const reshaped = unary((c, x) => c.op('Reshape', [c.dy, c.op('Shape', [x])]));

/** Operators that move or select elements. */
export const SHAPE_RULES: GradientRules = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: unary((c, x) => {
    const rank = c.shape(x).length;
    const perm = attributeInts(c.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    return c.op('Transpose', [c.dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) });
  }),
  Expand: (c) => [c.sumTo(c.dy, c.shape(c.outputs[0]!), c.shape(c.inputs[0]!)), null],
  // [a, b] tiled n by m times is [n, a, m, b], summed over n and m.
  Tile: (c) => {
    const [x, repeats] = c.inputs as [Value, Value];
    const pairs = c.op(
      'Concat',
      [repeats, c.op('Shape', [x])].map((sizes) => c.op('Unsqueeze', [sizes, c.ints([-1])])),
      { axis: 1 },
    );
    const parted = c.op('Reshape', [c.dy, c.op('Reshape', [pairs, c.ints([-1])])]);
    return [c.op('ReduceSum', [parted, c.ints(c.shape(x).map((_, axis) => 2 * axis))], { keepdims: 0 }), null];
  },
  Concat: (c) => {
    if (c.inputs.length === 1) return [c.dy];
    const axis = axisOf(c, c.outputs[0]!, 0);
    const sizes = c.op(
      'Concat',
      c.inputs.map((input) => c.op('Shape', [input], { start: axis, end: axis + 1 })),
      { axis: 0 },
    );
    return c.ops('Split', [c.dy, sizes], { axis }, c.inputs.length);
  },
  Split: (c) => {
    const parts = c.outputs.map((output, i) => c.dys[i] ?? zerosLike(c, output));
    return [parts.length === 1 ? parts[0]! : c.op('Concat', parts, { axis: attribute(c.node, 'axis', 0) as number }), null];
  },
  Slice: (c) => {
    const [x, starts] = c.inputs as [Value, Value];
    const [axes, steps] = [given(c, 3), given(c, 4)];
    const plain = steps === undefined || c.constant(steps)?.every((step) => step === 1) === true;
    return [
      plain ? padBack(c, { x, starts, axes: axes ?? c.ints(Array.from({ length: c.shape(starts)[0]! }, (_, i) => i)) }) : scatterBack(c, x),
      null,
      null,
      null,
      null,
    ];
  },
  // Removes the padding.
  Pad: (c) => {
    if (!['constant', undefined].includes(attribute(c.node, 'mode') as string | undefined)) throw refuse(c, 'by other than a constant');
    const [x, pads] = c.inputs as [Value, Value];
    const [taken, axes] = [c.op('Neg', [pads]), given(c, 3)];
    return [
      c.op('Pad', [c.dy, axes === undefined ? taken : onAllAxes(c, { pads: taken, axes, rank: c.shape(x).length })]),
      null,
      null,
      null,
    ];
  },
  Trilu: (c) => {
    const k = given(c, 1);
    return [c.op('Trilu', k === undefined ? [c.dy] : [c.dy, k], { upper: attribute(c.node, 'upper', 1) as number }), null];
  },

  Shape: none,
  Size: none,
  Range: none,
  ConstantOfShape: none,
};

/** Zeros around the gradient of a slice. */
function padBack(c: RuleContext, { x, starts, axes }: { x: Value; starts: Value; axes: Value }): Value {
  const sizesOf = (value: Value) => c.op('Gather', [c.op('Shape', [value]), axes]);
  const size = sizesOf(x);
  const start = c.op('CastLike', [starts, size]);
  // A start below 0 counts from the end; one before the beginning is clamped.
  const begin = c.op('Where', [
    c.op('Less', [start, c.ints([0])]),
    c.op('Max', [c.op('Add', [start, size]), c.ints([0])]),
    c.op('Min', [start, size]),
  ]);
  const end = c.op('Sub', [c.op('Sub', [size, begin]), sizesOf(c.dy)]);
  return c.op('Pad', [c.dy, onAllAxes(c, { pads: c.op('Concat', [begin, end], { axis: 0 }), axes, rank: c.shape(x).length })]);
}

/**
 * Pads [before each axis, after each axis] for some axes, extended to all. Pad takes `axes` too, but the runtime's transpose optimiser
 * expects pads for all axes and reads beyond their end.
 */
function onAllAxes(c: RuleContext, { pads, axes, rank }: { pads: Value; axes: Value; rank: number }): Value {
  const known = c.constant(axes)?.map((axis) => (axis + rank) % rank);
  const front =
    known === undefined ? c.op('Mod', [c.op('Add', [c.op('CastLike', [axes, pads]), c.ints([rank])]), c.ints([rank])]) : undefined;
  const at =
    front === undefined
      ? c.ints([...known!, ...known!.map((axis) => axis + rank)])
      : c.op('Concat', [front, c.op('Add', [front, c.ints([rank])])], { axis: 0 });
  return c.op('ScatterElements', [c.ints(Array.from({ length: 2 * rank }, () => 0)), at, pads]);
}
