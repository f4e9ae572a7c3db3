import type { NodeProto } from '../onnx_pb.ts';
import type { Topology } from '../topology.ts';
import { isFusedAttention, type Attention } from './attentions.ts';
import { bottlenecks, madeFrom, madeOf, MATMULS, PASSES_STATE, readsTwoStates, SKIP_NORMS, sumOf, throughPasses } from './flow.ts';

/** A sum of the residual stream and the output of a block. */
export interface Residual {
  readonly node: NodeProto;
  /** The stream before. */
  readonly stream: string;
  /** What is added. */
  readonly branch: string;
  /** The stream after; for a norm whose sum is not an output, the norm. */
  readonly sum: string;
}

/**
 * The hidden state that an attention reads: the nearest tensor that all paths to its values pass and that is added to something computed by
 * this attention. So a layer's norm is not taken for the state, however it is expressed.
 */
export function stateReadBy({ node, value }: Attention, topology: Topology): string | undefined {
  const behind = madeOf(node, topology);
  for (const { tensor } of bottlenecks(value, topology, (each) => !mixesTokens(each, topology))) {
    if (isAddedTo(tensor, behind, topology)) return throughPasses(tensor, topology);
  }
  return undefined;
}

function mixesTokens(node: NodeProto, topology: Topology): boolean {
  return node.opType === 'Softmax' || isFusedAttention(node) || (MATMULS.has(node.opType) && readsTwoStates(node, topology));
}

/** Whether a tensor is added to one of `others`, directly or scaled by a constant. */
function isAddedTo(name: string, others: ReadonlySet<string>, topology: Topology): boolean {
  return (topology.consumers.get(name) ?? []).some((node) => {
    const added = operandsOf(node, topology);
    if (added !== undefined && added.includes(name)) return added.some((other) => other !== name && others.has(other));
    const passes = (PASSES_STATE.has(node.opType) && node.opType !== 'DynamicQuantizeLinear') || isScaling(node, topology);
    return passes && isAddedTo(node.output[0]!, others, topology);
  });
}

function isScaling({ opType, input }: NodeProto, { content }: Topology): boolean {
  return (opType === 'Mul' || opType === 'Div') && input.filter((each) => content.has(each)).length === 1;
}

/** The text-dependent tensors that a node adds; undefined if it is not a sum of two of them. */
function operandsOf({ opType, input }: NodeProto, { content }: Topology): string[] | undefined {
  const found = (places: readonly number[]): string[] | undefined => {
    const operands = places.map((i) => input[i] ?? '').filter((each) => content.has(each));
    return operands.length > 1 ? operands : undefined;
  };
  if (opType === 'Add' || Object.hasOwn(SKIP_NORMS, opType)) return found([0, 1]);
  if (opType === 'Sum') return found([...input.keys()]);
  if (opType === 'QLinearAdd') return found([0, 3]);
  // A product with a fused addition.
  return opType === 'Gemm' || opType === 'FusedGemm' ? found([0, 2]) : undefined;
}

/**
 * All residuals of a graph, in graph order: sums of a tensor and what a product with weights, or an attention, computed from it; and, for
 * parallel blocks, sums of such a sum and what another block computed from the same tensor.
 */
export function residualsOf(topology: Topology): Residual[] {
  const residuals: Residual[] = [];
  /** The inputs of the blocks of a sum, by the sum. */
  const roots = new Map<string, string>();
  for (const node of topology.graph.node) {
    const found = residualOf(node, { roots, topology });
    if (found === undefined) continue;
    const { root, ...residual } = found;
    residuals.push(residual);
    roots.set(residual.sum, root);
  }
  return residuals;
}

function residualOf(
  node: NodeProto,
  { roots, topology }: { roots: ReadonlyMap<string, string>; topology: Topology },
): (Residual & { readonly root: string }) | undefined {
  const operands = operandsOf(node, topology);
  if (operands === undefined) return undefined;
  const product = MATMULS.has(node.opType);
  const sum = sumOf(node) ?? node.output[0]!;
  const madeBy = (stream: string, root: string): (Residual & { readonly root: string }) | undefined => {
    const branch = operands.find((each) => each !== stream && comesFrom(each, { stream: root, product, topology }));
    return branch === undefined ? undefined : { node, stream, branch, sum, root };
  };
  for (const stream of operands) {
    const found = madeBy(stream, unscaled(stream, topology));
    if (found !== undefined) return found;
  }
  for (const stream of operands) {
    const root = roots.get(throughPasses(stream, topology));
    const found = root === undefined ? undefined : madeBy(stream, root);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Across scaling and operators that change nothing. */
function unscaled(name: string, topology: Topology): string {
  const above = throughPasses(name, topology);
  const node = topology.producer.get(above);
  return node !== undefined && isScaling(node, topology)
    ? unscaled(
        node.input.find((each) => topology.content.has(each))!,
        topology,
      )
    : above;
}

interface ComesFrom {
  readonly stream: string;
  /** The sum itself is from a product. */
  readonly product: boolean;
  readonly topology: Topology;
}

/** Whether a tensor is computed from the stream through weights or attention; x + 0.04 x³ of an activation is not. */
function comesFrom(branch: string, { stream, product, topology }: ComesFrom): boolean {
  const { producer, order } = topology;
  const maker = producer.get(stream);
  // No earlier node can depend on it.
  const from = maker === undefined ? -1 : order.get(maker)!;
  const seen = new Set<string>();
  const open = [branch];
  let reached = false;
  let weighted = product;
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (tensor === stream) reached = true;
    const node = producer.get(tensor);
    if (seen.has(tensor) || tensor === stream || node === undefined || order.get(node)! < from) continue;
    seen.add(tensor);
    weighted ||= MATMULS.has(node.opType) || isFusedAttention(node) || node.opType === 'Conv';
    open.push(...madeFrom(tensor, node, topology));
  }
  return reached && weighted;
}

/** Number of residuals that each state has above it and the previous one does not: first those above state 0, then one number per layer. */
export function residualsBetween(states: readonly string[], residuals: readonly Residual[], topology: Topology): number[] {
  const sums = new Set(residuals.map(({ node }) => node));
  const seen = new Set<string>();
  return states.map((state) => {
    const nodes = new Set<NodeProto>();
    const open = [state];
    for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      const node = topology.producer.get(tensor);
      if (node === undefined) continue;
      if (sums.has(node) && (sumOf(node) ?? node.output[0]) === tensor) nodes.add(node);
      open.push(...madeFrom(tensor, node, topology));
    }
    return nodes.size;
  });
}
