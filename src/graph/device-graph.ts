import { create } from '@bufbuild/protobuf';
import type { Device } from '../devices/device.ts';
import { NodeProtoSchema, TensorProto_DataType, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from './onnx_pb.ts';
import type { SessionOptions } from './runtime.ts';
import { bodiesOf, SHAPE_ONLY, topologyOf } from './topology.ts';

/**
 * Rewrites a graph, in place, so that the device's provider in onnxruntime runs all of it: an operator without a kernel there runs on the
 * CPU, with its inputs and outputs copied down and up again within every run. WebGPU has no Sum, which adds up the gradients of a tensor
 * that several nodes read: a chain of Add is the same sum in the same order.
 */
export function fitToDevice(model: ModelProto, device: Device): void {
  if (device === 'webgpu') eachGraph(model.graph!, (graph) => (graph.node = graph.node.flatMap(added)));
}

const FOR_CPU: ReadonlySet<string> = new Set(['Sin', 'Cos', 'MultiHeadAttention', 'GroupQueryAttention', 'Attention']);

/**
 * Names of nodes that are to run on the CPU although the device has a kernel. WGSL promises sine and cosine to 2^-11 only, and rotary
 * position embeddings made by such drift: over 20 steps the loss of nomic-bert differed by 2e-3 from the CPU's, with both on the CPU by
 * 9e-7. They are made of positions alone, so that little is copied. Fused attention for WebGPU keeps the keys of a block of 16 or 32 in a
 * subgroup, and loses some of them if subgroups have another size: in onnxruntime 1.30 on a driver in software it is wrong from 32 tokens
 * on, in other versions it was on cards (microsoft/onnxruntime#28520). Files that have it are rare; the graphs that we build have not.
 * In the gradient of a convolution's weight the channels are the texts of a batch (DeBERTa-v2 has one): onnxruntime 1.30 has wrong
 * convolutions for numbers of channels divisible by 3 but not by 4, if those that come out are divisible by 4. And what is scattered with
 * sums is added up there in the order in which threads come: on the CPU a run has the same bits again.
 */
function nodesForCpu(model: ModelProto, device: Device): string[] {
  const names: string[] = [];
  if (device !== 'webgpu') return names;
  eachGraph(model.graph!, (graph) => {
    const forCpu = new Set<NodeProto>();
    for (const node of graph.node) {
      const ofConvolution = node.opType === 'Conv' && node.name.startsWith('gradient/');
      if (FOR_CPU.has(node.opType) || ofConvolution || addsByAtomics(node)) forCpu.add(node);
    }
    for (const node of positionNodes(graph)) forCpu.add(node);
    for (const node of forCpu) {
      node.name ||= `${node.opType}/${node.output[0]!}`;
      names.push(node.name);
    }
  });
  return names;
}

/** Operators on the CPU that compute positions: WebGPU has no CumSum of int64. */
const OF_POSITIONS: ReadonlySet<string> = new Set(['Sin', 'Cos', 'CumSum']);
/** What token ids become before their positions are counted. */
const OF_TOKENS: ReadonlySet<string> = new Set(['Equal', 'Not', 'Cast', 'CumSum']);

/**
 * All that positions are computed from, other than shapes. If a part of it ran on the card, its numbers would come back in the middle of a
 * run, which waits for all runs that are queued before. Of numbers that are not of positions (from token vectors, or floating-point
 * inputs) the rest of the graph may depend, and it stays on the card.
 */
function positionNodes(graph: GraphProto): Set<NodeProto> {
  const { producer, content } = topologyOf(graph);
  const floats = new Set(graph.input.filter((input) => !isInteger(input)).map(({ name }) => name));
  const all = new Set<NodeProto>();
  for (const node of graph.node) {
    if (!OF_POSITIONS.has(node.opType)) continue;
    const found = new Set([node]);
    for (const each of found) {
      for (const name of each.input) {
        const source = producer.get(name);
        if (source !== undefined && !SHAPE_ONLY.has(source.opType)) found.add(source);
      }
    }
    const isOther = [...found].some(
      ({ opType, input, output }) => (content.has(output[0]!) && !OF_TOKENS.has(opType)) || input.some((name) => floats.has(name)),
    );
    if (!isOther) for (const each of found) all.add(each);
  }
  return all;
}

function isInteger({ type }: ValueInfoProto): boolean {
  const { INT32, INT64 } = TensorProto_DataType;
  return type?.value.case === 'tensorType' && [INT32, INT64].includes(type.value.value.elemType);
}

/** The gradient of a gather, in windows and blocks of attention, and in relative positions. */
function addsByAtomics({ opType, attribute }: NodeProto): boolean {
  return opType.startsWith('Scatter') && attribute.some(({ name, s }) => name === 'reduction' && Buffer.from(s).toString() === 'add');
}

/** The providers of a session on a device, for a graph that is fitted to it; what they cannot run is run on the CPU. */
export function providersOf(device: Device, model: ModelProto): SessionOptions['executionProviders'] {
  if (device === 'cpu') return ['cpu'];
  const forceCpuNodeNames = nodesForCpu(model, device);
  // An empty list is refused. The runtime adds the CPU itself; named here, it would stand in for a device that is missing.
  return [forceCpuNodeNames.length === 0 ? device : { name: 'webgpu', forceCpuNodeNames }];
}

/**
 * Whether tensors stay on the device from run to run. onnxruntime's Node binding has such tensors for WebGPU alone; what a session on
 * another device reads is copied there in every run, and what it makes is copied back.
 */
export function keepsTensors(device: Device): boolean {
  return device === 'webgpu';
}

/**
 * Options of a session whose outputs of these names stay on the device; all others come to the CPU. Such a session writes to no tensor that
 * it is given: outputs are to be taken from what `run` returns, and disposed of, as nothing collects them. Reading their data ends the
 * process, and a session on the CPU reads garbage in their place.
 */
export function residentOutputs(names: readonly string[]): Pick<SessionOptions, 'preferredOutputLocation'> {
  return names.length === 0 ? {} : { preferredOutputLocation: Object.fromEntries(names.map((name) => [name, 'gpu-buffer' as const])) };
}

function eachGraph(graph: GraphProto, visit: (graph: GraphProto) => unknown): void {
  visit(graph);
  for (const node of graph.node) for (const inner of bodiesOf(node)) eachGraph(inner, visit);
}

function added(node: NodeProto): NodeProto[] {
  if (node.opType !== 'Sum' || node.domain !== '' || node.input.length < 2) return [node];
  const [first, ...others] = node.input;
  let sum = first!;
  return others.map((input, at) => {
    const output = at === others.length - 1 ? node.output[0]! : `${node.output[0]!}/${at}`;
    const add = create(NodeProtoSchema, { name: `${node.name}/${at}`, opType: 'Add', input: [sum, input], output: [output] });
    sum = output;
    return add;
  });
}
