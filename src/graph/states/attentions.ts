import { own } from '../../own.ts';
import type { NodeProto } from '../onnx_pb.ts';
import type { Topology } from '../topology.ts';
import { MATMULS } from './flow.ts';

/** An averaging of values over tokens. */
export interface Attention {
  readonly node: NodeProto;
  /** The tensor that is averaged with the attention's weights; for an operator with internal projections, their input. */
  readonly value: string;
}

/** Index of the values among the inputs of fused attention operators. */
const FUSED_VALUE: Readonly<Record<string, number>> = {
  MultiHeadAttention: 2,
  PackedMultiHeadAttention: 2,
  GroupQueryAttention: 2,
  PagedAttention: 2,
  DecoderMaskedMultiHeadAttention: 2,
  SparseAttention: 2,
};
/** Operators with the same name in two domains; that of com.microsoft has internal projections. */
const ATTENTIONS: ReadonlySet<string> = new Set(['Attention', 'QAttention', 'PackedAttention', 'LongformerAttention', 'QOrderedAttention']);

/** Operators between softmax and average that pass the weights on. */
const PASSES_WEIGHTS: ReadonlySet<string> = new Set([
  'Cast',
  'Dropout',
  'Where',
  'Identity',
  'Mul',
  'Reshape',
  'Transpose',
  'Add',
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'IsNaN',
]);
/** Maximum nodes between softmax and average. */
const MOST_STEPS = 8;

/** All attentions of a graph whose values depend on the text, in graph order. */
export function attentionsOf(topology: Topology): Attention[] {
  return topology.graph.node.map((node) => attentionOf(node, topology)).filter((found) => found !== undefined);
}

/** Whether a node is an attention, or the average of one: what mixes tokens. */
export function isFusedAttention({ opType }: NodeProto): boolean {
  return ATTENTIONS.has(opType) || Object.hasOwn(FUSED_VALUE, opType);
}

function attentionOf(node: NodeProto, topology: Topology): Attention | undefined {
  const { content, consumers } = topology;
  if (ATTENTIONS.has(node.opType)) return { node, value: node.input[node.domain === 'com.microsoft' ? 0 : 2]! };
  const fused = own(FUSED_VALUE, node.opType);
  if (fused !== undefined) {
    // With query, key and value packed into one tensor the value input is empty.
    const value = node.input[fused];
    return { node, value: value === undefined || value === '' ? node.input[0]! : value };
  }
  if (node.opType !== 'Softmax' || !content.has(node.output[0]!)) return undefined;
  // softmax -> (cast, dropout, mask, …) -> MatMul(weights, values)
  let weights = node.output[0]!;
  for (let step = 0; step < MOST_STEPS; step++) {
    const readers = consumers.get(weights) ?? [];
    for (const reader of readers) {
      if (!MATMULS.has(reader.opType)) continue;
      const value = reader.input[0] === weights ? reader.input[1]! : reader.input[0]!;
      if (content.has(value)) return { node, value };
    }
    const next = readers.find(({ opType }) => PASSES_WEIGHTS.has(opType));
    if (next === undefined) return undefined;
    weights = next.output[0]!;
  }
  return undefined;
}
