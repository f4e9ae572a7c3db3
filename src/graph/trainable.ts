import type { Value } from './builder.ts';
import { isFlat } from './gradients.ts';
import { TensorProto_DataType, type GraphProto, type NodeProto, type TensorProto } from './onnx_pb.ts';
import { bodiesOf, topologyOf, type Topology } from './topology.ts';

/**
 * Names of a graph's weights: float32 initializers of more than one element through which a gradient reaches an output. Excluded are
 * frequencies (only read by Sin and Cos), tables of sines and cosines by position, masks and the constants of Where.
 */
export function trainableWeights(graph: GraphProto): Value[] {
  const topology = topologyOf(graph);
  const reached = reachedBack(graph);
  return graph.initializer
    .filter(
      (tensor) => isWeight(tensor) && reached.has(tensor.name) && !isRotation(tensor.name, topology) && !isChoice(tensor.name, topology),
    )
    .map(({ name }) => name);
}

/** Name of a weight in messages: its own, or, if the exporter gave it none ("onnx::MatMul_123"), that of the node that reads it. */
export function weightLabel(graph: GraphProto, name: Value): string {
  if (!/^(onnx::\w+|val_\d+|_?\d+|constant\w*)(\.float32)?$/.test(name)) return name;
  return readerOf(graph, name)?.name || name;
}

/** The first node that reads a tensor, in a branch or outside. */
function readerOf({ node: nodes }: GraphProto, name: Value): NodeProto | undefined {
  for (const node of nodes) {
    const found = node.input.includes(name)
      ? node
      : bodiesOf(node)
          .map((body) => readerOf(body, name))
          .find((reader) => reader !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isWeight({ dataType, dims }: TensorProto): boolean {
  const sizes = dims.map(Number);
  if (dataType !== TensorProto_DataType.FLOAT || sizes.reduce((product, size) => product * size, 1) < 2) return false;
  // Position biases added to scores, or their decay: [1, 1 or heads, tokens, tokens], [1, heads, 1, 1].
  return !(sizes.length === 4 && sizes[0] === 1 && (sizes[1] === 1 || sizes[2] === sizes[3]));
}

/** Tensors that a gradient reaches from the outputs. */
function reachedBack(graph: GraphProto): ReadonlySet<Value> {
  const reached = new Set(graph.output.map(({ name }) => name));
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((output) => reached.has(output)) || isFlat(node) || node.opType === 'Sin' || node.opType === 'Cos') continue;
    for (const input of [...node.input, ...branchReads(node)]) reached.add(input);
  }
  return reached;
}

/** Values read from outside by the branches of an If, through which a gradient flows. */
function branchReads({ attribute }: NodeProto): Value[] {
  return attribute.flatMap(({ g }) => (g === undefined ? [] : [...reachedBack(g)]));
}

/** Only looked up by position, and then multiplied with token-dependent tensors: sines and cosines. */
function isRotation(name: Value, { consumers, content }: Topology): boolean {
  const open = [name];
  let looked = false;
  for (let value = open.shift(); value !== undefined; value = open.shift()) {
    for (const { opType, input, output } of consumers.get(value) ?? []) {
      if (PASSES.has(opType) && !content.has(output[0]!)) {
        looked ||= opType === 'Gather' || opType === 'Slice';
        open.push(output[0]!);
      } else if (opType !== 'Mul' || !input.some((other) => content.has(other))) {
        return false;
      }
    }
  }
  return looked;
}

/** One of two numbers selected by a condition. */
function isChoice(name: Value, { consumers }: Topology): boolean {
  return consumers.get(name)?.every(({ opType }) => opType === 'Where') === true;
}

const PASSES: ReadonlySet<string> = new Set([
  'Gather',
  'Slice',
  'Unsqueeze',
  'Squeeze',
  'Reshape',
  'Expand',
  'Transpose',
  'Concat',
  'Cast',
  'Identity',
]);
