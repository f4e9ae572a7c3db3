import { clone, create } from '@bufbuild/protobuf';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { ModelProtoSchema, ValueInfoProtoSchema, type GraphProto, type ModelProto, type NodeProto } from '../graph/onnx_pb.ts';
import { prune } from '../graph/topology.ts';
import { UPSTREAM, type EncoderStep } from './encoder-step.ts';
import type { LossGraph } from './loss-graph.ts';

/** The same graph with only these outputs, and what they need. */
export function withOutputs(proto: ModelProto, outputs: readonly Value[]): ModelProto {
  const model = clone(ModelProtoSchema, proto);
  const graph = model.graph!;
  graph.output = [...new Set(outputs)].map((name) => create(ValueInfoProtoSchema, { name }));
  prune(graph);
  leavesBackwards(graph);
  return model;
}

/**
 * The runtime traverses a graph from its leaves to its inputs, starting with the last leaf. Gradients of weights are leaves: in the order
 * in which the backward pass makes them, those of the last layer would be computed last of all, and every activation and every gradient
 * that they need would have to be kept until then. In reverse order each is computed, and its inputs freed, as soon as the backward pass
 * reaches it.
 */
function leavesBackwards(graph: GraphProto): void {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  const isLeaf = ({ output }: NodeProto) => !output.some((name) => read.has(name));
  graph.node = [...graph.node.filter((node) => !isLeaf(node)), ...graph.node.filter(isLeaf).toReversed()];
}

/** Outputs of an encoder's backward pass. */
export function gradientOutputs({ gradients }: EncoderStep): Value[] {
  return gradients.flatMap(({ dense, rows }) => [
    ...(dense === undefined ? [] : [dense]),
    ...rows.flatMap(({ ids, values }) => [ids, values]),
  ]);
}

/**
 * Encoder, loss and both backward passes as one graph: the loss reads the encoder's vectors, and its gradient with respect to them is the
 * input of the encoder's backward pass.
 */
export function fusedStep(step: EncoderStep, loss: LossGraph): ModelProto {
  const encoder = clone(ModelProtoSchema, step.proto).graph!;
  const behind = clone(ModelProtoSchema, loss.model);
  const rename = (name: Value): Value =>
    name === loss.vectors ? step.vectors : name === loss.vectorGradient ? UPSTREAM : name === '' ? '' : named(name, lossInputs);
  const lossInputs = new Set(behind.graph!.input.map(({ name }) => name));
  for (const node of behind.graph!.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  for (const tensor of behind.graph!.initializer) tensor.name = rename(tensor.name);

  const builder = GraphBuilder.from(step.proto);
  const model = builder.build();
  const graph = model.graph!;
  graph.node = [...encoder.node.slice(0, step.backwardFrom), ...behind.graph!.node, ...encoder.node.slice(step.backwardFrom)];
  graph.initializer = [...encoder.initializer, ...behind.graph!.initializer];
  graph.input = [
    ...encoder.input.filter(({ name }) => name !== UPSTREAM),
    ...behind.graph!.input.filter(({ name }) => name !== loss.vectors),
  ];
  return withOutputs(model, [
    step.vectors,
    fusedName(loss, loss.loss),
    ...[...loss.parameterGradients.values()].map((name) => fusedName(loss, name)),
    ...gradientOutputs(step),
  ]);
}

/** Name in the fused graph of a value of the loss graph. */
export function fusedName(loss: LossGraph, name: Value): Value {
  return named(name, new Set(loss.model.graph!.input.map((input) => input.name)));
}

/** What the names of all values of the loss begin with in the fused graph, but for its inputs. */
export const LOSS_NODES = 'loss/';

/** Inputs keep their names; all others get a prefix to avoid clashes with the encoder's. */
function named(name: Value, inputs: ReadonlySet<Value>): Value {
  return inputs.has(name) ? name : LOSS_NODES + name;
}
