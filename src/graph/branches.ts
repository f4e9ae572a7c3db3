import { clone, create } from '@bufbuild/protobuf';
import type { Value } from './builder.ts';
import { ModelProtoSchema, NodeProtoSchema, type GraphProto, type ModelProto, type NodeProto } from './onnx_pb.ts';

/** Conditions of the If nodes at a graph's top level, without duplicates. */
export function conditionsOf(graph: GraphProto): Value[] {
  return [...new Set(graph.node.filter(({ opType }) => opType === 'If').map(({ input }) => input[0]!))];
}

/**
 * The model with each If replaced by one of its branches, so that it can be differentiated: `taken` is the outcome of each condition. A
 * graph that branches by the size of its inputs (BigBird's, at the length from which it uses block attention) becomes one graph per
 * outcome. Conditions not in `taken` are kept.
 */
export function takeBranches(model: ModelProto, taken: ReadonlyMap<Value, boolean>): ModelProto {
  const copy = clone(ModelProtoSchema, model);
  const graph = copy.graph!;
  graph.node = graph.node.flatMap((node) => inlined(node, taken, graph));
  return copy;
}

function inlined(node: NodeProto, taken: ReadonlyMap<Value, boolean>, graph: GraphProto): NodeProto[] {
  const holds = node.opType === 'If' ? taken.get(node.input[0]!) : undefined;
  if (holds === undefined) return [node];
  const body = node.attribute.find(({ name }) => name === (holds ? 'then_branch' : 'else_branch'))!.g!;
  graph.initializer.push(...body.initializer);
  const out = body.output.map(({ name }, i) =>
    create(NodeProtoSchema, { name: `${node.name}/${i}`, opType: 'Identity', input: [name], output: [node.output[i]!] }),
  );
  return [...body.node.flatMap((inner) => inlined(inner, taken, graph)), ...out];
}
