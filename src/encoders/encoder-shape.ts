import { elementCount, numbersOf } from '../graph/lowering/numbers.ts';
import { TensorProto_DataType, type GraphProto, type NodeProto, type TensorProto } from '../graph/onnx_pb.ts';
import type { OnnxModel } from '../graph/read.ts';
import { MATMULS } from '../graph/states/flow.ts';
import { bodiesOf } from '../graph/topology.ts';
import { stateWidth } from './state-width.ts';

/** What the memory of a pass through an encoder depends on. */
export interface EncoderShape {
  readonly layers: number;
  /** Dimensions of a token's hidden state. */
  readonly width: number;
  /** Dimensions of a token in the widest product, that of the feed-forward network. */
  readonly inner: number;
  /** Heads of attention. */
  readonly heads: number;
  /** Bytes of the weights: float numbers as float32, quantised ones as they are stored. */
  readonly weightBytes: number;
}

export interface ShapeParams {
  readonly model: Pick<OnnxModel, 'proto' | 'folder'>;
  readonly states: readonly string[];
  /** Weights that are inputs of the graph. */
  readonly fed?: readonly { readonly name: string; readonly dims: readonly number[] }[] | undefined;
}

/** Heads are rarely narrower: where a graph does not show their number, it is not above that of such heads. */
const NARROW_HEAD = 32;

/**
 * Sizes of an encoder as its graph shows them; undefined if it does not declare its hidden states' width. Widths are those of matrices that
 * products read, larger dimension; heads are what queries are split into.
 */
export function encoderShape({ model, states, fed = [] }: ShapeParams): EncoderShape | undefined {
  const width = stateWidth(model, states);
  if (width === undefined) return undefined;
  const graphs = [...eachGraph(model.proto.graph!)];
  const nodes = graphs.flatMap(({ node }) => node);
  const stored = graphs.flatMap(({ initializer }) => initializer);
  const tables = new Map<string, readonly number[]>([
    ...stored.map(({ name, dims }) => [name, dims.map(Number)] as const),
    ...fed.map(({ name, dims }) => [name, dims] as const),
  ]);
  const producer = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const initializers = new Map(stored.map((tensor) => [tensor.name, tensor]));
  return {
    layers: states.length - 1,
    width,
    inner: Math.max(width, ...nodes.map((node) => widestOf(node, { tables, producer }))),
    heads: headsIn(nodes, { initializers, producer, folder: model.folder }) ?? Math.ceil(width / NARROW_HEAD),
    weightBytes:
      stored.reduce((sum, tensor) => sum + bytesOf(tensor), 0) +
      fed.reduce((sum, { dims }) => sum + 4 * dims.reduce((product, size) => product * size, 1), 0),
  };
}

function* eachGraph(graph: GraphProto): Iterable<GraphProto> {
  yield graph;
  for (const node of graph.node) for (const inner of bodiesOf(node)) yield* eachGraph(inner);
}

/** Operators between a stored matrix and a product. */
const SAME_MATRIX: ReadonlySet<string> = new Set(['Cast', 'Identity', 'Transpose', 'DequantizeLinear']);

interface Matrices {
  readonly tables: ReadonlyMap<string, readonly number[]>;
  readonly producer: ReadonlyMap<string, NodeProto>;
}

/** The larger dimension of a matrix that a product reads; 0 for other nodes. */
function widestOf(node: NodeProto, { tables, producer }: Matrices): number {
  if (node.opType === 'MatMulNBits') {
    return Math.max(...['K', 'N'].map((key) => Number(node.attribute.find(({ name }) => name === key)?.i ?? 0)));
  }
  if (!MATMULS.has(node.opType)) return 0;
  const dims = node.input.flatMap((input) => {
    let name = input;
    for (let made = producer.get(name); made !== undefined && SAME_MATRIX.has(made.opType); made = producer.get(name))
      name = made.input[0]!;
    const table = tables.get(name);
    return table?.length === 2 ? table : [];
  });
  return Math.max(0, ...dims);
}

interface Constants {
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly producer: ReadonlyMap<string, NodeProto>;
  readonly folder: string;
}

/** From fused attention, or [texts, tokens, heads, size] that is transposed to [texts, heads, …]. */
function headsIn(nodes: readonly NodeProto[], { initializers, producer, folder }: Constants): number | undefined {
  const found: number[] = [];
  for (const { opType, attribute, input } of nodes) {
    const stated = attribute.find(({ name }) => name === 'num_heads' || name === 'q_num_heads');
    if (stated !== undefined) found.push(Number(stated.i));
    const order = opType === 'Transpose' ? attribute.find(({ name }) => name === 'perm')?.ints.map(Number) : undefined;
    if (order?.length !== 4 || order[0] !== 0 || order[1] !== 2) continue;
    const split = producer.get(input[0]!);
    if (split?.opType === 'Reshape') found.push(...sizeIn(split.input[1]!));
  }
  return found.length === 0 ? undefined : Math.max(...found);

  /** The third of four dimensions, if it is a constant. */
  function sizeIn(shape: string): number[] {
    const whole = constant(shape);
    if (whole !== undefined) return whole.length === 4 && whole[2]! > 0 ? [whole[2]!] : [];
    const made = producer.get(shape);
    if (made?.opType !== 'Concat' || made.input.length !== 4) return [];
    const third = constant(made.input[2]!);
    return third?.length === 1 && third[0]! > 0 ? [third[0]!] : [];
  }

  function constant(name: string): Float32Array | undefined {
    const tensor = initializers.get(name) ?? producer.get(name)?.attribute.find((each) => each.name === 'value')?.t;
    return tensor === undefined || elementCount(tensor) > 4 ? undefined : numbersOf(tensor, folder);
  }
}

const BITS: Readonly<Partial<Record<TensorProto_DataType, number>>> = {
  [TensorProto_DataType.UINT8]: 8,
  [TensorProto_DataType.INT8]: 8,
  [TensorProto_DataType.BOOL]: 8,
  [TensorProto_DataType.UINT4]: 4,
  [TensorProto_DataType.INT4]: 4,
};

function bytesOf(tensor: TensorProto): number {
  return Math.ceil((elementCount(tensor) * (BITS[tensor.dataType as TensorProto_DataType] ?? 32)) / 8);
}
