import { create } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import { StringStringEntryProtoSchema, type ModelProto, type NodeProto } from './onnx_pb.ts';
import { topologyOf, type Topology } from './topology.ts';
import type { OnnxModel } from './read.ts';
import { own } from '../own.ts';

/**
 * Finds the hidden states of an encoder in its graph: tensors [batch, tokens, width], first the embedding output, then
 * the output of each layer; the same that `output_hidden_states` of the transformers library gives.
 *
 * Exports differ in names and in how they spell layer norm, attention and weights, so nothing is read from names. What
 * every encoder has is one attention a layer. The value projection of layer i reads hidden state i, or, where a layer
 * norms its input first, the norm of it. The last hidden state is a graph output; where only a head's scores are, it is
 * the norm that stands as far behind the last attention as in the layers before.
 */
export function findHiddenStates(model: OnnxModel, name: string): string[] {
  const noted = notedStates(model.proto);
  if (noted !== undefined) return noted;
  const topology = topologyOf(model.proto.graph!);
  const attentions = topology.graph.node.map((node) => valueOfAttention(node, topology)).filter((found) => found !== undefined);
  if (attentions.length === 0) throw noHiddenStates(name, 'it has no attention whose values come from the tokens');
  const norms = findNorms(topology);
  const byOutput = new Map(norms.map((norm) => [norm.output, norm]));
  // Sparse attention spells several products a layer, all of the same state.
  const states = new Set<string>();
  for (const [i, attention] of attentions.entries()) {
    const input = stateReadBy(attention, topology);
    if (input === undefined) throw noHiddenStates(name, `the values of attention ${i + 1} come from no projection`);
    const norm = byOutput.get(input);
    states.add(norm !== undefined && !isResidual(input, topology) ? norm.input : input);
  }
  return [...states.add(lastState({ topology, attentions, norms, name }))];
}

/** Under which the models that are written here note the names of their hidden states. */
const NOTE = 'embedding-bench.hidden_states';

/** Notes the hidden states in the model, in place of an earlier note, so that whoever reads the file need not look for them. Changes `proto`. */
export function noteStates(proto: ModelProto, states: readonly string[]): void {
  proto.metadataProps = [...proto.metadataProps.filter(({ key }) => key !== NOTE), create(StringStringEntryProtoSchema, { key: NOTE, value: states.join('\n') })];
}

/** What `noteStates` wrote; undefined where it did not, or where the graph has them no more. */
export function notedStates({ metadataProps, graph }: ModelProto): string[] | undefined {
  const states = metadataProps.find(({ key }) => key === NOTE)?.value?.split('\n');
  const made = new Set(graph!.node.flatMap(({ output }) => output));
  return states?.every((state) => made.has(state)) === true ? states : undefined;
}

interface Attention {
  readonly node: NodeProto;
  /** The tensor that is averaged with the attention's weights. */
  readonly value: string;
  /** The operator projects inside: `value` is the state itself. */
  readonly projects: boolean;
}

/** Position of the values among the inputs of the fused attention operators; Attention of com.microsoft projects inside. */
const FUSED_VALUE: Readonly<Record<string, number>> = {
  MultiHeadAttention: 2, PackedMultiHeadAttention: 2, GroupQueryAttention: 2, DecoderMaskedMultiHeadAttention: 2, SparseAttention: 2,
};

function valueOfAttention(node: NodeProto, topology: Topology): Attention | undefined {
  const { content, consumers } = topology;
  if (node.opType === 'Attention' || node.opType === 'QAttention' || node.opType === 'PackedAttention') {
    const projects = node.domain === 'com.microsoft';
    return { node, value: node.input[projects ? 0 : 2]!, projects };
  }
  const fused = own(FUSED_VALUE, node.opType);
  if (fused !== undefined) {
    // Packed query, key and value in one tensor leave the value's place empty.
    const value = node.input[fused];
    return { node, value: value === undefined || value === '' ? node.input[0]! : value, projects: false };
  }
  if (node.opType !== 'Softmax' || !content.has(node.output[0]!)) return undefined;
  // softmax -> (cast, dropout, mask, …) -> MatMul(weights, values)
  let weights = node.output[0]!;
  for (let step = 0; step < 8; step++) {
    const readers = consumers.get(weights) ?? [];
    for (const reader of readers) {
      if (!MATMULS.has(reader.opType)) continue;
      const value = reader.input[0] === weights ? reader.input[1]! : reader.input[0]!;
      if (content.has(value)) return { node, value, projects: false };
    }
    const next = readers.find(({ opType }) => PASSES_WEIGHTS.has(opType));
    if (next === undefined) return undefined;
    weights = next.output[0]!;
  }
  return undefined;
}

const MATMULS: ReadonlySet<string> = new Set(['MatMul', 'FusedMatMul', 'TransposeMatMul', 'Gemm', 'Einsum', 'MatMulInteger', 'MatMulIntegerToFloat', 'QLinearMatMul', 'DynamicQuantizeMatMul', 'MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4']);
const PASSES_WEIGHTS: ReadonlySet<string> = new Set(['Cast', 'Dropout', 'Where', 'Identity', 'Mul', 'Reshape', 'Transpose', 'Add', 'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'IsNaN']);

/** What a text's tensor passes on its way into a projection without being changed but in shape or number type. */
const PASSES_STATE: ReadonlySet<string> = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Cast', 'Identity', 'Dropout', 'DynamicQuantizeLinear', 'QuantizeLinear', 'DequantizeLinear']);

/** What the nearest projection (a product with constant weights) above an attention's values reads. */
function stateReadBy({ value, projects }: Attention, topology: Topology): string | undefined {
  const { producer, content } = topology;
  if (projects) return throughPasses(value, topology);
  const open = [value];
  const seen = new Set<string>();
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    if (seen.has(name) || !content.has(name)) continue;
    seen.add(name);
    const node = producer.get(name);
    if (node === undefined) continue;
    const reads = node.input.filter((input) => content.has(input));
    if (MATMULS.has(node.opType) && reads.length > 0 && !readsTwoStates(node, topology)) return throughPasses(reads[0]!, topology);
    open.push(...reads);
  }
  return undefined;
}

/** Attention scores and averages multiply two tensors of the text; a projection multiplies one with weights. */
function readsTwoStates(node: NodeProto, { content }: Topology): boolean {
  const operands = own(OPERANDS, node.opType) ?? [0, 1];
  return operands.every((i) => content.has(node.input[i] ?? ''));
}

const OPERANDS: Readonly<Record<string, readonly number[]>> = { QLinearMatMul: [0, 3] };

function throughPasses(name: string, topology: Topology): string {
  const node = topology.producer.get(name);
  if (node === undefined || !PASSES_STATE.has(node.opType)) return name;
  const above = node.input[0]!;
  return topology.content.has(above) ? throughPasses(above, topology) : name;
}

/** Whether a tensor is added to the layer's output later on: then it is the residual stream itself. */
function isResidual(name: string, topology: Topology): boolean {
  const readers = topology.consumers.get(name) ?? [];
  return readers.some((node) => {
    if (node.opType === 'SkipLayerNormalization' || node.opType === 'SkipSimplifiedLayerNormalization') return true;
    if (node.opType === 'Add') return node.input.every((input) => topology.content.has(input));
    return PASSES_STATE.has(node.opType) && !node.opType.includes('Quantize') && isResidual(node.output[0]!, topology);
  });
}

interface Norm {
  readonly output: string;
  readonly input: string;
  readonly at: number;
}

/** All layer norms, fused or spelled out, in the order of the graph. */
function findNorms(topology: Topology): Norm[] {
  const norms: Norm[] = [];
  for (const [at, node] of topology.graph.node.entries()) {
    const found = fusedNorm(node) ?? spelledNorm(node, topology);
    if (found !== undefined) norms.push({ ...found, at });
  }
  return norms;
}

function fusedNorm(node: NodeProto): { output: string; input: string } | undefined {
  switch (node.opType) {
    case 'LayerNormalization':
    case 'SimplifiedLayerNormalization':
    case 'RMSNormalization':
    case 'EmbedLayerNormalization':
      return { output: node.output[0]!, input: node.input[0]! };
    case 'SkipLayerNormalization':
    case 'SkipSimplifiedLayerNormalization':
    case 'EmbedSkipLayerNormalization':
      // The sum before the norm is an output of its own where somebody reads it.
      return { output: node.output[0]!, input: node.output[3] ?? node.output[0]! };
    default:
      return undefined;
  }
}

/** (x - mean) / sqrt(variance + eps) [* weight] [+ bias], found from the division; the output is the last of its chain. */
function spelledNorm(node: NodeProto, { producer, consumers, content }: Topology): { output: string; input: string } | undefined {
  if (node.opType !== 'Div') return undefined;
  const [numerator, denominator] = node.input.map((name) => producer.get(name));
  if (numerator?.opType !== 'Sub' || denominator?.opType !== 'Sqrt') return undefined;
  if (producer.get(numerator.input[1]!)?.opType !== 'ReduceMean') return undefined;
  let output = node.output[0]!;
  for (const op of ['Mul', 'Add']) {
    const next = (consumers.get(output) ?? []).find(
      ({ opType, input }) => opType === op && input.some((name) => name !== output && !content.has(name)),
    );
    if (next !== undefined) output = next.output[0]!;
  }
  return { output, input: numerator.input[0]! };
}

/** Names that exporters give to the last hidden state, best first. */
const LAST_NAMES = ['last_hidden_state', 'token_embeddings', 'hidden_states', 'output_0'];

interface LastStateParams {
  readonly topology: Topology;
  readonly attentions: readonly Attention[];
  readonly norms: readonly Norm[];
  readonly name: string;
}

function lastState({ topology, attentions, norms, name }: LastStateParams): string {
  const { graph, order } = topology;
  const outputs = graph.output.map((output) => output.name);
  for (const known of LAST_NAMES) if (outputs.includes(known) && rankOf(topology, known) === 3) return known;
  const positions = attentions.map(({ node }) => order.get(node)!);
  const last = positions.at(-1)!;
  const before = positions.at(-2);
  // Norms a layer has: those between the last two attentions; two where there is but one layer.
  const each = before === undefined ? 2 : norms.filter(({ at }) => at > before && at < last).length;
  const behind = norms.filter(({ at }) => at > last);
  const state = behind[each - 1];
  if (each > 0 && state !== undefined) return state.output;
  const first = graph.output.find((output) => rankOf(topology, output.name) === 3);
  if (first !== undefined) return first.name;
  throw noHiddenStates(name, `no output is [batch, tokens, width] (it gives ${outputs.join(', ')}) and its last layer has no layer norm`);
}

function rankOf({ graph }: Topology, name: string): number | undefined {
  const type = graph.output.find((output) => output.name === name)?.type?.value;
  return type?.case === 'tensorType' ? type.value.shape?.dim.length : undefined;
}

function noHiddenStates(name: string, why: string): HarnessError {
  return new HarnessError('GRAPH', {
    where: name,
    what: `The graph shows no hidden states: ${why}.`,
    mend: 'Export the encoder (BERT and its kin) as a plain ONNX graph with its last hidden state as output.',
  });
}
