import type { Value } from '../builder.ts';
import {
  attribute,
  axisOf,
  none,
  refuse,
  zerosLike,
  type GradientRules,
  type Inverse,
  type RowGradient,
  type RuleContext,
} from './rule.ts';

/** Operators that read or write by index. */
export const LOOKUP_RULES: GradientRules = {
  Gather: (c) => {
    const [x, ids] = c.inputs as [Value, Value];
    const axis = axisOf(c, x, 0);
    const inverse = axis === 0 ? c.inverse(ids) : undefined;
    if (inverse !== undefined) return [gatherBack(c, inverse), null];
    return [axis === 0 ? rowsOf(c, x) : alongAxis(c, x, axis), null];
  },
  GatherElements: (c) => {
    const [x, ids] = c.inputs as [Value, Value];
    return [
      c.op('ScatterElements', [zerosLike(c, x), ids, c.dy], { axis: attribute(c.node, 'axis', 0) as number, reduction: 'add' }),
      null,
    ];
  },
  GatherND: (c) => {
    const [x, ids] = c.inputs as [Value, Value];
    return [
      attribute(c.node, 'batch_dims', 0) === 0 ? c.op('ScatterND', [zerosLike(c, x), ids, c.dy], { reduction: 'add' }) : scatterBack(c, x),
      null,
    ];
  },
  // Overwritten elements get no gradient; elements added to get all of it.
  ScatterND: (c) => {
    const [, ids, updates] = c.inputs as [Value, Value, Value];
    const dUpdates = c.op('GatherND', [c.dy, ids]);
    return [overwrites(c) ? c.op('ScatterND', [c.dy, ids, zerosLike(c, updates)]) : c.dy, null, dUpdates];
  },
  ScatterElements: (c) => {
    const [, ids, updates] = c.inputs as [Value, Value, Value];
    const axis = attribute(c.node, 'axis', 0) as number;
    const dUpdates = c.op('GatherElements', [c.dy, ids], { axis });
    return [overwrites(c) ? c.op('ScatterElements', [c.dy, ids, zerosLike(c, updates)], { axis }) : c.dy, null, dUpdates];
  },

  NonZero: none,
  OneHot: none,
};

/** Returns rows to where they were gathered from. */
function gatherBack(c: RuleContext, { ids, zeroRow }: Inverse): Value {
  if (!zeroRow) return c.op('Gather', [c.dy, ids]);
  const zeros = c.op('ConstantOfShape', [c.ints([1, c.shape(c.inputs[0]!).at(-1)!])]);
  return c.op('Gather', [c.op('Concat', [c.dy, zeros], { axis: 0 }), ids]);
}

/** Ids below 0 count from the end; those of constants are normalised, others are token ids. */
function rowsOf(c: RuleContext, table: Value): RowGradient {
  const [, ids] = c.inputs as [Value, Value];
  if (c.constant(ids)?.some((id) => id < 0) !== true) return { ids, values: c.dy };
  const rows = c.op('CastLike', [c.op('Shape', [table], { start: 0, end: 1 }), ids]);
  const whole = c.op('Mod', [c.op('Add', [ids, rows]), rows]);
  return { ids: c.shape(ids).length === 0 ? whole : c.op('Reshape', [whole, c.op('Shape', [ids])]), values: c.dy };
}

/** Moves the axis to the front, where whole slices are added at once. */
function alongAxis(c: RuleContext, x: Value, axis: number): Value {
  const [, ids] = c.inputs as [Value, Value];
  const [rank, more] = [c.shape(x).length, c.shape(ids).length];
  const forth = [...range(axis, axis + more), ...range(0, axis), ...range(axis + more, rank - 1 + more)];
  const order = [axis, ...range(0, axis), ...range(axis + 1, rank)];
  const shape = c.op('Gather', [c.op('Shape', [x]), c.ints(order)]);
  const at = c.op('Unsqueeze', [c.op('CastLike', [ids, shape]), c.ints([-1])]);
  const sum = c.op('ScatterND', [c.op('ConstantOfShape', [shape]), at, c.op('Transpose', [c.dy], { perm: forth })], { reduction: 'add' });
  return c.op('Transpose', [sum], { perm: order.map((_, i) => order.indexOf(i)) });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function overwrites(c: RuleContext): boolean {
  const how = attribute(c.node, 'reduction') as string | undefined;
  if (how !== undefined && how !== 'none' && how !== 'add') throw refuse(c, `with the reduction ${how}`);
  return how !== 'add';
}

/** Scatters the gradient of what an operator picked from `x`: the same operator applied to element indices gives their origins. */
export function scatterBack(c: RuleContext, x: Value): Value {
  const shape = c.op('Shape', [x]);
  const count = c.op('Size', [x]);
  const numbers = c.op('Reshape', [c.op('Range', [c.ints(0), count, c.ints(1)]), shape]);
  const attributes = Object.fromEntries(c.node.attribute.map(({ name, i }) => [name, Number(i)]));
  const picked = c.op(c.node.opType, [numbers, ...c.inputs.slice(1)], attributes);
  const flat = (value: Value) => c.op('Reshape', [value, c.ints([-1])]);
  const zeros = c.op('ConstantOfShape', [c.op('Reshape', [count, c.ints([1])])]);
  return c.op('Reshape', [c.op('ScatterElements', [zeros, flat(picked), flat(c.dy)], { axis: 0, reduction: 'add' }), shape]);
}
