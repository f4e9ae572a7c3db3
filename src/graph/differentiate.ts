import { create } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import type { GraphBuilder, Value } from './builder.ts';
import { GRADIENT_RULES, isFlat } from './gradients.ts';
import type { Inverse, RowGradient, RuleContext } from './gradients/rule.ts';
import { NodeProtoSchema, TensorProto_DataType, type GraphProto, type NodeProto } from './onnx_pb.ts';
import { bodiesOf } from './topology.ts';
import { own } from '../own.ts';

/**
 * For sessions that run a backward pass (`extra`): the runtime's rewriting of Gather by a range into Slice crashes the process if the range
 * has another reader, as with the rows of a position table; and products with a transposed left side are slower than transposing it first
 * (see products.ts).
 */
export const BACKWARD_SESSION = {
  optimization: { disable_specified_optimizers: 'GatherToSliceFusion;GemmTransposeFusion;MatmulTransposeFusion' },
} as const;

/** Gradient of a weight: dense, and by rows where it was looked up as a table. Either may be absent, but not both. */
export interface Gradient {
  readonly dense: Value | undefined;
  readonly rows: readonly RowGradient[];
}

export interface DifferentiateParams {
  /** Forward graph of plain operators (opset 20), to which nodes are added. */
  readonly builder: GraphBuilder;
  readonly graph: GraphProto;
  /** Scalar; or any tensor, with `upstream`. */
  readonly loss: Value;
  /** Gradient of the final objective with respect to `loss`, of its shape. Default: 1. */
  readonly upstream?: Value | undefined;
  /** Tensors whose gradients are requested: weights, or inputs. */
  readonly wrt: readonly Value[];
  /** Shape of every float tensor, from a probe run of at least 2 texts of at least 3 tokens. */
  readonly shapes: ReadonlyMap<Value, readonly number[]>;
  /** Values of integer constants. */
  readonly constants: ReadonlyMap<Value, readonly number[]>;
  /** Index tensors that permute rows, with their inverses: the gradient of a Gather by one is a Gather by the other. */
  readonly inverses?: ReadonlyMap<Value, Inverse> | undefined;
}

/**
 * Adds the backward pass of a graph: reverse-mode differentiation node by node, each operator by its rule (gradients.ts). Returns the
 * gradient of the loss for each tensor of `wrt` that it depends on. Unused nodes (gradients of other inputs) are left for `prune` to
 * remove. A graph that branches must have each If replaced by one of its branches (branches.ts): throws GRAPH for an If on the path of a
 * gradient, as for any operator without a rule.
 */
export function differentiate({ builder, graph, loss, upstream, wrt, ...known }: DifferentiateParams): Map<Value, Gradient> {
  const nodes = [...graph.node];
  const active = dependents(nodes, wrt);
  const leaves = new Set(wrt);
  const flows = new Map<Value, Flow>([[loss, { dense: [upstream ?? builder.float(1)], rows: [] }]]);
  for (const node of nodes.toReversed()) {
    const dys = node.output.map((output) => settle(flows.get(output), builder, output));
    if (dys.every((dy) => dy === undefined) || !carries(node, active)) continue;
    const rule = own(GRADIENT_RULES, node.opType);
    if (rule === undefined || node.domain !== '') throw noRule(node);
    nameOutputs(node);
    const results = builder.within(`gradient/${node.name}`, () => rule(contextOf({ node, dys, builder, ...known })));
    for (const [i, input] of node.input.entries()) {
      const result = results[i];
      if (result === null || result === undefined || !active.has(input)) continue;
      const flow = flows.get(input) ?? { dense: [], rows: [] };
      flows.set(input, flow);
      if (typeof result === 'string') flow.dense.push(result);
      else if (leaves.has(input)) flow.rows.push(result);
      else flow.dense.push(denseRows(builder, input, result));
    }
  }
  const gradients = new Map<Value, Gradient>();
  for (const value of wrt) {
    const flow = flows.get(value);
    if (flow !== undefined) gradients.set(value, { dense: settle(flow, builder, value), rows: flow.rows });
  }
  return gradients;
}

/** The gradient accumulated for a tensor so far. */
interface Flow {
  readonly dense: Value[];
  readonly rows: RowGradient[];
}

/** The accumulated gradient of a tensor, after all its readers have been visited. */
function settle(flow: Flow | undefined, builder: GraphBuilder, name: Value): Value | undefined {
  if (flow === undefined || flow.dense.length === 0) return undefined;
  if (flow.dense.length > 1)
    flow.dense.splice(
      0,
      Infinity,
      builder.within(`gradient/${name}`, () => builder.op('Sum', flow.dense)),
    );
  return flow.dense[0];
}

/** Tensors that depend differentiably on those whose gradients are requested. */
function dependents(nodes: readonly NodeProto[], wrt: Iterable<Value>): ReadonlySet<Value> {
  const active = new Set(wrt);
  for (const node of nodes) {
    if (!carries(node, active)) continue;
    for (const output of node.output) if (output !== '') active.add(output);
  }
  return active;
}

/** Whether a gradient flows through a node: to its inputs, or to what its branches read from outside. */
function carries(node: NodeProto, active: ReadonlySet<Value>): boolean {
  if (isFlat(node)) return false;
  return (
    node.input.some((input) => active.has(input)) ||
    bodiesOf(node).some(({ node: nodes, output }) => {
      const inside = dependents(nodes, active);
      return output.some(({ name }) => inside.has(name));
    })
  );
}

/** Optional outputs that must be named because a rule reads them: a norm's mean and inverse standard deviation, a dropout's mask. */
function nameOutputs(node: NodeProto): void {
  const [y] = node.output;
  for (const [i, name] of (own(NAMED, node.opType) ?? []).entries()) node.output[i + 1] ||= `${y}.${name}`;
}

const NAMED: Readonly<Record<string, readonly string[]>> = { LayerNormalization: ['mean', 'inverse_deviation'], Dropout: ['mask'] };

/** Rows of a table that is itself computed: zeros with the rows added in. */
function denseRows(builder: GraphBuilder, table: Value, { ids, values }: RowGradient): Value {
  const zeros = builder.op('ConstantOfShape', [builder.op('Shape', [table])]);
  const at = builder.op('Unsqueeze', [builder.op('Cast', [ids], { to: TensorProto_DataType.INT64 }), builder.ints([-1])]);
  return builder.op('ScatterND', [zeros, at, values], { reduction: 'add' });
}

type ContextParams = Pick<DifferentiateParams, 'builder' | 'shapes' | 'constants' | 'inverses'> & {
  readonly node: NodeProto;
  readonly dys: readonly (Value | undefined)[];
};

function contextOf({ node, dys, builder, shapes, constants, inverses }: ContextParams): RuleContext {
  return {
    node: create(NodeProtoSchema, node),
    inputs: node.input,
    outputs: node.output,
    // Only for rules that need the first output: LayerNormalization's statistics and a dropout's mask carry no gradient.
    dy: dys[0] ?? builder.float(0),
    dys,
    op: (opType, inputs, attributes) => builder.op(opType, inputs, attributes),
    ops: (opType, inputs, attributes, outputs) => builder.ops(opType, inputs, attributes, outputs),
    ints: (values) => builder.ints(values),
    float: (value) => builder.float(value),
    constant: (value) => constants.get(value),
    inverse: (ids) => inverses?.get(ids),
    shape(value) {
      const shape = shapes.get(value);
      if (shape === undefined) throw new HarnessError('GRAPH', { where: node.name, what: `The shape of "${value}" is unknown.` });
      return shape;
    },
    sumTo: (value, from, like) => sumTo(builder, value, from, like),
  };
}

function sumTo(builder: GraphBuilder, value: Value, from: readonly number[], like: readonly number[]): Value {
  const missing = from.length - like.length;
  const added = Array.from({ length: missing }, (_, axis) => axis);
  const stretched = like.flatMap((size, axis) => (size === 1 && from[axis + missing] !== 1 ? [axis + missing] : []));
  let sum = value;
  if (stretched.length > 0) sum = builder.op('ReduceSum', [sum, builder.ints(stretched)], { keepdims: 1 });
  if (added.length > 0) sum = builder.op('ReduceSum', [sum, builder.ints(added)], { keepdims: 0 });
  return sum;
}

function noRule(node: NodeProto): HarnessError {
  return new HarnessError('GRAPH', {
    where: `node "${node.name}"`,
    what: `No gradient rule for operator ${node.domain === '' ? '' : `${node.domain}.`}${node.opType}.`,
    hint: 'The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
}
