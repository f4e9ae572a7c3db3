import { TensorProto_DataType, type GraphProto, type NodeProto, type TensorProto } from '../graph/onnx_pb.ts';
import { prune } from '../graph/topology.ts';

/**
 * Multiplications and additions per token: twice the number of weights that it is multiplied with. Attention scores, which grow with a
 * text's length, are left out: for texts of a few hundred tokens they are a small part.
 */
export function flopsPerToken(graph: GraphProto): number {
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return 2 * graph.node.reduce((sum, node) => sum + weightsOf(node, weights), 0);
}

function weightsOf(node: NodeProto, weights: ReadonlyMap<string, TensorProto>): number {
  if (node.opType === 'MatMulNBits') {
    const attribute = (name: string) => Number(node.attribute.find((each) => each.name === name)?.i ?? 0);
    return attribute('K') * attribute('N');
  }
  if (node.opType === 'Gather') return 0;
  const matrices = node.input.map((name) => weights.get(name)).filter((tensor) => tensor?.dims.length === 2);
  return matrices.reduce((sum, tensor) => sum + Number(tensor!.dims[0]) * Number(tensor!.dims[1]), 0);
}

const FLOATS: ReadonlySet<number> = new Set([
  TensorProto_DataType.FLOAT,
  TensorProto_DataType.FLOAT16,
  TensorProto_DataType.BFLOAT16,
  TensorProto_DataType.DOUBLE,
]);

/** Number of parameters: all floating-point weights, and those quantised to 8 and 4 bits by their original number. */
export function parameterCount(graph: GraphProto): number {
  const packed = graph.node.filter(({ opType }) => opType === 'MatMulNBits' || opType === 'GatherBlockQuantized');
  const scales = new Set(packed.flatMap(({ input }) => input.slice(1)));
  const plain = graph.initializer.filter(({ dataType, name }) => FLOATS.has(dataType) && !scales.has(name));
  return plain.reduce((sum, tensor) => sum + elements(tensor), 0) + packed.reduce((sum, node) => sum + weightsOf(node, new Map()), 0);
}

function elements({ dims }: TensorProto): number {
  return dims.reduce((product, dim) => product * Number(dim), 1);
}

/** The same for an encoder; for a truncated one, without the later layers. */
export function encoderParameters({
  model,
  states,
  depth,
}: {
  readonly model: { readonly proto: { readonly graph?: GraphProto | undefined } };
  readonly states: readonly string[];
  readonly depth: number;
}): number {
  const graph = model.proto.graph!;
  if (depth === states.length - 1) return parameterCount(graph);
  const cut = { ...graph, output: [] };
  prune(cut, [states[depth]!]);
  return parameterCount(cut);
}
