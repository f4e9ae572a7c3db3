import type { GraphProto, NodeProto, TensorProto } from '../graph/onnx_pb.ts';

/**
 * Multiplications and additions that one token costs: twice the weights that it is multiplied with. Attention scores, which
 * grow with a text's length, are left out: for texts of a few hundred tokens they are a small part.
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
