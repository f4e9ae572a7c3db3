import { HarnessError } from '../../errors.ts';
import type { Attribute, Value } from '../builder.ts';
import { TensorProto_DataType, type NodeProto } from '../onnx_pb.ts';

/** What a gradient rule may use and create. Shapes are those of a probe run: axes of length 1 show what was broadcast. */
export interface RuleContext {
  readonly node: NodeProto;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient of the first output. */
  readonly dy: Value;
  /** Gradients of all outputs; undefined if nothing depends on one. */
  readonly dys: readonly (Value | undefined)[];
  op(opType: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  ops(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>>, outputs: number): Value[];
  ints(values: readonly number[] | number): Value;
  float(value: number): Value;
  shape(value: Value): readonly number[];
  /** Value of an integer constant; undefined for a computed tensor. */
  constant(value: Value): readonly number[] | undefined;
  /** How rows gathered by `ids` are returned; undefined if unknown. */
  inverse(ids: Value): Inverse | undefined;
  /** Sums `value` [from, broadcast] over the axes along which `like` was broadcast. */
  sumTo(value: Value, from: readonly number[], like: readonly number[]): Value;
}

/** The inverse of an index tensor. */
export interface Inverse {
  readonly ids: Value;
  /** It refers to an extra zero row, for positions that nothing was taken from: their gradient is zero. */
  readonly zeroRow: boolean;
}

/** Gradient of a table that was looked up: row `values[i]` belongs to row `ids[i]`. */
export interface RowGradient {
  /** int32 or int64, of any shape; not negative. */
  readonly ids: Value;
  /** [...ids, ...a row] */
  readonly values: Value;
}

/** One gradient per input; null: none, because the input is not differentiable (a shape, an index) or its derivative is zero. */
export type GradientRule = (context: RuleContext) => readonly (Value | RowGradient | null)[];

export type GradientRules = Readonly<Record<string, GradientRule>>;

/** No gradient: counts, comparisons, steps. The traversal stops at such a node. */
export const none: GradientRule = (c) => c.inputs.map(() => null);

/** A rule for the first input only. */
export const unary =
  (rule: (c: RuleContext, x: Value, y: Value) => Value): GradientRule =>
  (c) => [rule(c, c.inputs[0]!, c.outputs[0]!), ...c.inputs.slice(1).map(() => null)];

export const mul = (c: RuleContext, a: Value, b: Value): Value => c.op('Mul', [a, b]);

/** An existing input, or undefined. */
export function given(c: RuleContext, i: number): Value | undefined {
  return c.inputs[i] === '' ? undefined : c.inputs[i];
}

export function asFloat(c: RuleContext, value: Value): Value {
  return c.op('Cast', [value], { to: TensorProto_DataType.FLOAT });
}

export function zerosLike(c: RuleContext, value: Value): Value {
  return c.op('ConstantOfShape', [c.op('Shape', [value])]);
}

/** Number or string of an attribute. */
export function attribute(node: NodeProto, name: string, fallback?: number): number | string | undefined {
  const found = node.attribute.find((each) => each.name === name);
  if (found === undefined) return fallback;
  // Attribute types in onnx.proto: 1 float, 2 int, 3 string.
  if (found.type === 1) return found.f;
  return found.type === 3 ? new TextDecoder().decode(found.s) : Number(found.i);
}

export function attributeInts(node: NodeProto, name: string): number[] | undefined {
  return node.attribute.find((each) => each.name === name)?.ints.map(Number);
}

/** An axis counted from the front. */
export function axisOf(c: RuleContext, value: Value, fallback: number): number {
  const axis = attribute(c.node, 'axis', fallback) as number;
  return axis < 0 ? axis + c.shape(value).length : axis;
}

/** The error for a form of an operator without a derivative here. */
export function refuse({ node }: RuleContext, form: string): HarnessError {
  return new HarnessError('GRAPH', {
    where: `node "${node.name}"`,
    what: `No gradient rule for ${node.opType} ${form}.`,
    hint: 'The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
}
