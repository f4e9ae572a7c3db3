import { conditionsOf } from './branches.ts';
import type { Value } from './builder.ts';
import type { NodeProto } from './onnx_pb.ts';
import { numbersOf } from './lowering/numbers.ts';
import type { OnnxModel } from './read.ts';
import { topologyOf, type Topology } from './topology.ts';
import { own } from '../own.ts';

/** How a graph branches by the number of tokens of its texts. */
export interface LengthBranches {
  /** Texts with more tokens are long. */
  readonly above: number;
  /** Outcomes of conditions for long texts, or for the others: the input of `takeBranches`. */
  taken(long: boolean): ReadonlyMap<Value, boolean>;
}

/**
 * The If nodes that compare the number of tokens with a single constant: BigBird's, at the length from which it uses block attention.
 * Undefined if there are none; other conditions are not included.
 */
export function lengthBranches({ proto, folder }: OnnxModel): LengthBranches | undefined {
  const topology = topologyOf(proto.graph!);
  const found = new Map<Value, Comparison>();
  for (const condition of conditionsOf(proto.graph!)) {
    const comparison = comparisonOf(condition, { topology, folder });
    if (comparison !== undefined) found.set(condition, comparison);
  }
  const [first, ...others] = new Set([...found.values()].map(({ above }) => above));
  if (first === undefined || others.length > 0) return undefined;
  return { above: first, taken: (long) => new Map([...found].map(([condition, { ofLong }]) => [condition, ofLong === long])) };
}

interface Comparison {
  readonly above: number;
  /** Whether it holds exactly for texts above the bound; else exactly for the others. */
  readonly ofLong: boolean;
}

interface GraphContext {
  readonly topology: Topology;
  /** Folder of external weights. */
  readonly folder: string;
}

/** Each operator with its operands swapped. */
const MIRRORED: Readonly<Record<string, string>> = {
  Greater: 'Less',
  GreaterOrEqual: 'LessOrEqual',
  Less: 'Greater',
  LessOrEqual: 'GreaterOrEqual',
};

function comparisonOf(condition: Value, context: GraphContext): Comparison | undefined {
  const node = context.topology.producer.get(condition);
  if (node === undefined) return undefined;
  if (SAME.has(node.opType)) return comparisonOf(node.input[0]!, context);
  if (node.opType === 'Not') {
    const inner = comparisonOf(node.input[0]!, context);
    return inner && { ...inner, ofLong: !inner.ofLong };
  }
  const mirrored = own(MIRRORED, node.opType);
  if (mirrored === undefined) return undefined;
  const [a, b] = node.input as [Value, Value];
  if (isTokenCount(a, context)) return compared(node.opType, constantOf(b, context));
  return isTokenCount(b, context) ? compared(mirrored, constantOf(a, context)) : undefined;
}

/** A number of tokens compared with `bound`. */
function compared(opType: string, bound: number | undefined): Comparison | undefined {
  if (bound === undefined) return undefined;
  const withBound = opType === 'Greater' || opType === 'LessOrEqual';
  return { above: withBound ? Math.floor(bound) : Math.ceil(bound) - 1, ofLong: opType.startsWith('Greater') };
}

/** Operators that leave a single number unchanged. */
const SAME: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Squeeze', 'Unsqueeze']);

/** Whether a value is the second dimension of an input [texts, tokens]. */
function isTokenCount(value: Value, context: GraphContext): boolean {
  const {
    topology: { producer, graph },
  } = context;
  const node = producer.get(value);
  if (node === undefined) return false;
  if (SAME.has(node.opType)) return isTokenCount(node.input[0]!, context);
  if (node.opType !== 'Gather' || constantOf(node.input[1]!, context) !== 1) return false;
  const shape: NodeProto | undefined = producer.get(node.input[0]!);
  return shape?.opType === 'Shape' && shape.attribute.length === 0 && graph.input.some(({ name }) => name === shape.input[0]);
}

/** The single number of a constant. */
function constantOf(value: Value, { topology: { initializers }, folder }: GraphContext): number | undefined {
  const tensor = initializers.get(value);
  return tensor === undefined || tensor.dims.some((dim) => dim !== 1n) ? undefined : numbersOf(tensor, folder)[0];
}
