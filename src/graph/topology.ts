import type { GraphProto, NodeProto, TensorProto } from './onnx_pb.ts';

/** Producer and consumers of each tensor of a graph, and which tensors depend on the tokens. Tensors are given by name. */
export interface Topology {
  readonly graph: GraphProto;
  readonly producer: ReadonlyMap<string, NodeProto>;
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Index of a node in the graph; ONNX requires topological order. */
  readonly order: ReadonlyMap<NodeProto, number>;
  /** Tensors whose values depend on which tokens a text has, not only on their number. */
  readonly content: ReadonlySet<string>;
}

/** Operators that only depend on a tensor's shape. */
export const SHAPE_ONLY: ReadonlySet<string> = new Set(['Shape', 'Size', 'ConstantOfShape']);

export function topologyOf(graph: GraphProto): Topology {
  const producer = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  const order = new Map<NodeProto, number>();
  const content = new Set<string>(graph.input.map(({ name }) => name).filter((name) => name === 'input_ids' || name === 'inputs_embeds'));
  for (const [i, node] of graph.node.entries()) {
    order.set(node, i);
    for (const name of node.output) if (name !== '') producer.set(name, node);
    for (const name of new Set(node.input)) {
      if (name === '') continue;
      const readers = consumers.get(name);
      if (readers === undefined) consumers.set(name, [node]);
      else readers.push(node);
    }
    if (!SHAPE_ONLY.has(node.opType) && node.input.some((name) => content.has(name))) {
      for (const name of node.output) content.add(name);
    }
  }
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return { graph, producer, consumers, initializers, order, content };
}

/** Removes nodes, weights and descriptions needed by no output of the graph and by none of the tensors `kept`. Changes `graph`. */
export function prune(graph: GraphProto, kept: readonly string[] = []): void {
  const { producer } = topologyOf(graph);
  const needed = new Set<string>();
  const nodes = new Set<NodeProto>();
  const open = [...graph.output.map(({ name }) => name), ...kept];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === '' || needed.has(name)) continue;
    needed.add(name);
    const node = producer.get(name);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    open.push(...node.input, ...subgraphReads(node));
  }
  graph.node = graph.node.filter((node) => nodes.has(node));
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
  graph.input = graph.input.filter(({ name }) => needed.has(name));
  const alive = new Set([...needed, ...graph.node.flatMap(({ output }) => output)]);
  graph.valueInfo = graph.valueInfo.filter(({ name }) => alive.has(name));
  graph.quantizationAnnotation = graph.quantizationAnnotation.filter(({ tensorName }) => alive.has(tensorName));
}

/** Names that nodes of the graph read, including those in branches and bodies. */
export function readsOf(graph: GraphProto): Set<string> {
  return new Set(graph.node.flatMap((node) => [...node.input, ...subgraphReads(node)]));
}

/** Names that the branches and bodies of If, Loop and Scan read from outside. */
function subgraphReads(node: NodeProto): string[] {
  return bodiesOf(node).flatMap((graph) => graph.node.flatMap((inner) => [...inner.input, ...subgraphReads(inner)]));
}

/** The branches of an If, the body of a Loop or Scan. */
export function bodiesOf({ attribute }: NodeProto): GraphProto[] {
  return attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
}
