import { own } from '../../own.ts';
import type { NodeProto } from '../onnx_pb.ts';
import type { Topology } from '../topology.ts';

/** How the text flows through a graph: which operators mix its tokens, and which tensors all paths pass. */

/** Products of two tensors. */
export const MATMULS: ReadonlySet<string> = new Set([
  'MatMul',
  'FusedMatMul',
  'TransposeMatMul',
  'Gemm',
  'FusedGemm',
  'Einsum',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'QLinearMatMul',
  'QGemm',
  'DynamicQuantizeMatMul',
  'MatMulNBits',
  'MatMulBnb4',
  'MatMulFpQ4',
  'FusedMatMulActivation',
  'GemmFastGelu',
]);

/** Operators that only change a tensor's shape or element type. */
export const PASSES_STATE: ReadonlySet<string> = new Set([
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Cast',
  'Identity',
  'Dropout',
  'DynamicQuantizeLinear',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/** Indices of the two operands of a product among its inputs. */
const OPERANDS: Readonly<Record<string, readonly number[]>> = { QLinearMatMul: [0, 3], QGemm: [0, 3] };

/** Attention scores and averages multiply two tensors that depend on the text; a projection multiplies one with weights. */
export function readsTwoStates(node: NodeProto, { content }: Topology): boolean {
  const operands = own(OPERANDS, node.opType) ?? [0, 1];
  return operands.every((i) => content.has(node.input[i] ?? ''));
}

/** Norms that add the residual first; the sum is their output 3 if it is used. */
export const SKIP_NORMS: Readonly<Record<string, string>> = {
  SkipLayerNormalization: 'LayerNormalization',
  SkipSimplifiedLayerNormalization: 'SimplifiedLayerNormalization',
};

/** The sum of a norm that adds the residual first, if it is an output. */
export function sumOf({ opType, output }: NodeProto): string | undefined {
  return Object.hasOwn(SKIP_NORMS, opType) && output[3] !== undefined && output[3] !== '' ? output[3] : undefined;
}

/** The text-dependent tensors that a tensor is computed from, given its node. */
export function madeFrom(tensor: string, node: NodeProto, { content }: Topology): string[] {
  const sum = sumOf(node);
  if (sum !== undefined && tensor === node.output[0]) return [sum];
  return [...new Set(node.input.filter((input) => content.has(input)))];
}

/** A tensor that all paths from the text to another tensor pass. */
export interface Bottleneck {
  readonly tensor: string;
  /** Nodes between it and the start of the path. */
  readonly nodes: readonly NodeProto[];
}

/**
 * Tensors that all paths of the text to `from` pass, nearest first, including `from` itself: the dominators of the data flow, as far up as
 * every node `passes`.
 */
export function* bottlenecks(from: string, topology: Topology, passes: (node: NodeProto) => boolean): Generator<Bottleneck> {
  const { producer, order } = topology;
  const rank = (tensor: string): number => {
    const node = producer.get(tensor);
    // Of a norm's outputs the sum comes first.
    return node === undefined ? -1 : 2 * order.get(node)! + (tensor === sumOf(node) ? 0 : 1);
  };
  const open = new Map([[from, rank(from)]]);
  const nodes: NodeProto[] = [];
  for (;;) {
    const [tensor] = [...open].reduce((last, each) => (each[1] > last[1] ? each : last));
    if (open.size === 1) yield { tensor, nodes: [...nodes] };
    const node = producer.get(tensor);
    if (node === undefined || !passes(node)) return;
    open.delete(tensor);
    if (nodes.at(-1) !== node) nodes.push(node);
    for (const input of madeFrom(tensor, node, topology)) open.set(input, rank(input));
    if (open.size === 0) return;
  }
}

/** Tensors that depend on a node's outputs. */
export function madeOf(node: NodeProto, { consumers }: Topology): ReadonlySet<string> {
  const made = new Set<string>();
  const open = [...node.output];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (tensor === '' || made.has(tensor)) continue;
    made.add(tensor);
    for (const reader of consumers.get(tensor) ?? []) open.push(...reader.output);
  }
  return made;
}

/**
 * The source of a tensor across operators that only change shape or element type; but not across those that make three axes of two: states
 * have three.
 */
export function throughPasses(name: string, topology: Topology): string {
  const node = topology.producer.get(name);
  if (node === undefined || !PASSES_STATE.has(node.opType)) return name;
  const above = node.input[0]!;
  if (!topology.content.has(above) || (node.opType === 'Reshape' && axesMade(node, topology) === STATE_AXES)) return name;
  return throughPasses(above, topology);
}

const STATE_AXES = 3;

/** Rank of a Reshape's output, if the graph shows it. */
function axesMade({ input }: NodeProto, topology: Topology): number | undefined {
  return elementsOf(input[1] ?? '', topology);
}

/** Elements of a shape tensor. */
function elementsOf(name: string, topology: Topology): number | undefined {
  const { initializers, producer } = topology;
  const known = initializers.get(name);
  if (known !== undefined) return known.dims.length === 1 ? Number(known.dims[0]) : undefined;
  const node = producer.get(name);
  switch (node?.opType) {
    case 'Constant': {
      const value = node.attribute.find((each) => each.name === 'value');
      return value?.t === undefined
        ? node.attribute.find((each) => each.name === 'value_ints')?.ints.length
        : Number(value.t.dims[0] ?? 0n);
    }
    case 'Concat': {
      const parts = node.input.map((each) => elementsOf(each, topology) ?? (producer.get(each)?.opType === 'Unsqueeze' ? 1 : undefined));
      return parts.includes(undefined) ? undefined : parts.reduce<number>((sum, part) => sum + part!, 0);
    }
    case 'Shape': {
      // A slice of a shape.
      const [start, end] = ['start', 'end'].map((key) => node.attribute.find((each) => each.name === key)?.i);
      return end === undefined || end < 0n ? undefined : Number(end - (start ?? 0n));
    }
    case 'Cast':
    case 'Identity':
      return elementsOf(node.input[0]!, topology);
    case 'Reshape':
      // Reshaped to [-1].
      return elementsOf(node.input[1]!, topology) === 1 && elementsOf(node.input[0]!, topology) === undefined
        ? 1
        : elementsOf(node.input[0]!, topology);
    default:
      return undefined;
  }
}
