import { own } from '../../own.ts';
import type { NodeProto } from '../onnx_pb.ts';
import type { Topology } from '../topology.ts';
import { bottlenecks, MATMULS, PASSES_STATE, readsTwoStates, SKIP_NORMS, sumOf } from './flow.ts';
import type { Residual } from './residuals.ts';

/**
 * The norms of a graph. A norm is not recognised by a pattern: it is the per-token operators between the residual stream and its readers,
 * and a final norm is one that looks like the others of the same graph.
 */

/** Operators that compute each number from itself, or from the numbers of its token. */
const PER_TOKEN: ReadonlySet<string> = new Set([
  ...PASSES_STATE,
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Sqrt',
  'Reciprocal',
  'Neg',
  'Abs',
  'Exp',
  'Log',
  'Max',
  'Min',
  'Clip',
  'Where',
  'Sum',
  'Expand',
  'LayerNormalization',
  'SimplifiedLayerNormalization',
  'RMSNormalization',
  'MeanVarianceNormalization',
  'LpNormalization',
  'QLinearAdd',
  'QLinearMul',
]);
/** Per token only for certain axes. */
const REDUCTIONS: ReadonlySet<string> = new Set(['ReduceMean', 'ReduceSum', 'ReduceSumSquare', 'ReduceL2']);
const NORMS: ReadonlySet<string> = new Set([
  'LayerNormalization',
  'SimplifiedLayerNormalization',
  'RMSNormalization',
  'MeanVarianceNormalization',
  'LpNormalization',
]);

/** Kind of a norm: its operators, sorted; '' if there is none. */
export type Shape = string;

export function isPerToken(node: NodeProto, topology: Topology): boolean {
  if (REDUCTIONS.has(node.opType)) return reducesWidth(node, topology);
  return PER_TOKEN.has(node.opType) || Object.hasOwn(SKIP_NORMS, node.opType);
}

/** Over the last axis only; states have three, queries and keys four. */
function reducesWidth({ attribute, input }: NodeProto, { initializers, producer }: Topology): boolean {
  const given = attribute.find(({ name }) => name === 'axes');
  if (given !== undefined) return given.ints.length === 1 && WIDTH_AXES.has(given.ints[0]!);
  const made = producer.get(input[1] ?? '');
  const tensor = initializers.get(input[1] ?? '') ?? made?.attribute.find(({ name }) => name === 'value')?.t;
  const list = made?.attribute.find(({ name }) => name === 'value_ints')?.ints ?? tensor?.int64Data ?? [];
  if (list.length > 0) return list.length === 1 && WIDTH_AXES.has(list[0]!);
  const raw = tensor?.rawData;
  if (raw?.length !== 8) return false;
  return WIDTH_AXES.has(new DataView(raw.buffer, raw.byteOffset, 8).getBigInt64(0, true));
}

const WIDTH_AXES: ReadonlySet<bigint> = new Set([-1n, 2n, 3n]);

function shapeOf(nodes: readonly NodeProto[]): Shape {
  return nodes
    .flatMap(({ opType }) => (PASSES_STATE.has(opType) ? [] : [own(SKIP_NORMS, opType) ?? opType]))
    .toSorted()
    .join(' ');
}

/** Whether a kind uses the whole token vector: scaling and masking alone are not a norm. */
export function isNorm(shape: Shape): boolean {
  return shape.split(' ').some((op) => NORMS.has(op) || REDUCTIONS.has(op));
}

/** What is between a tensor and the residual sum above it; undefined if that includes other than per-token operators. */
export interface Tail {
  readonly shape: Shape;
  readonly residual: Residual;
  /** From the sum down to the tensor. */
  readonly way: readonly string[];
}

export function tailOf(tensor: string, sums: ReadonlyMap<string, Residual>, topology: Topology): Tail | undefined {
  const way: string[] = [];
  for (const { tensor: at, nodes } of bottlenecks(tensor, topology, (node) => isPerToken(node, topology))) {
    way.unshift(at);
    const residual = sums.get(at);
    if (residual === undefined) continue;
    // A norm whose sum is not an output.
    const inner = Object.hasOwn(SKIP_NORMS, residual.node.opType) && sumOf(residual.node) === undefined ? [residual.node] : [];
    return { shape: shapeOf([...nodes, ...inner]), residual, way };
  }
  return undefined;
}

export interface NormShapes {
  /** On the stream itself, after a sum: layers are then post-norm. Includes pure scaling (MobileBERT's NoNorm). */
  readonly post: ReadonlySet<Shape>;
  /** Before blocks, or at the end of their branches. */
  readonly pre: ReadonlySet<Shape>;
}

/** Kinds of norms between the blocks of a graph. */
export function normShapes(residuals: readonly Residual[], topology: Topology): NormShapes {
  const sums = new Map(residuals.map((residual) => [residual.sum, residual]));
  const post = new Set<Shape>();
  const pre = new Set<Shape>();
  for (const { stream, branch } of residuals) {
    const tail = tailOf(stream, sums, topology);
    if (tail !== undefined && tail.shape !== '') post.add(tail.shape);
    for (const { nodes } of bottlenecks(branch, topology, (node) => isPerToken(node, topology) && node.opType !== 'Sum')) add(nodes);
  }
  // The inputs of products with weights are the stream, or a norm of it; above the first sum it is the embeddings.
  const anchors = new Map([...residuals.map((residual): [string, Residual] => [residual.stream, residual]), ...sums]);
  for (const node of topology.graph.node) {
    if (!MATMULS.has(node.opType) || readsTwoStates(node, topology)) continue;
    const read = node.input.find((input) => topology.content.has(input));
    const tail = read === undefined ? undefined : tailOf(read, anchors, topology);
    // What follows the last sum is to be judged by these, and therefore excluded.
    if (tail !== undefined && tail.residual !== residuals.at(-1) && isNorm(tail.shape)) pre.add(tail.shape);
  }
  return { post, pre };

  function add(nodes: readonly NodeProto[]): void {
    const shape = shapeOf(nodes);
    if (isNorm(shape)) pre.add(shape);
  }
}
