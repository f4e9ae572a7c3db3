import type { Value } from '../../graph/builder.ts';
import type { Projected } from './layer.ts';
import type { Distances } from './relative-positions.ts';
import type { TextGraph } from './text-graph.ts';

/** c2p: content to position; p2c: position to content. */
export const POSITION_TERMS = ['c2p', 'p2c'] as const;
export type PositionTerm = (typeof POSITION_TERMS)[number];

export interface DisentangledShape {
  readonly width: number;
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  readonly terms: readonly PositionTerm[];
}

export interface RelativeEmbeddings {
  /** [count, width] */
  readonly rows: Value;
  readonly count: number;
  readonly distances: Distances;
  /** Names of the projections of `rows`, below a layer's own name. */
  readonly names: Readonly<Record<PositionTerm, string>>;
}

/** Scores are a sum of one product per term and that of the contents (He et al. 2021, DeBERTa, equation 4). */
export function disentangledScale({ size, terms }: DisentangledShape): number {
  return 1 / Math.sqrt(size * (1 + terms.length));
}

/**
 * The scaled bias that disentangled attention adds to the scores of a layer; [batch, heads, tokens, tokens]. Undefined without terms. (He
 * et al. 2021, section 3.1, in the reference's order of terms.)
 */
export function disentangledBias(
  graph: TextGraph,
  { query, key }: Projected,
  name: string,
  shape: DisentangledShape,
  relative: RelativeEmbeddings,
): Value | undefined {
  const { width, heads, size, terms } = shape;
  const { distances, names, count } = relative;
  const embeddings = { ...relative, rows: graph.dropout(relative.rows, 'hidden', () => [count, width]) };
  const scores = (term: PositionTerm, rows: Value, order: Value) =>
    graph.within(term, () => {
      const positions = graph.op('Gather', [projected(graph, `${name}.${names[term]}`, shape, embeddings), order], { axis: 1 });
      const products = graph.op('MatMul', [graph.heads(rows, heads, size), graph.op('Transpose', [positions], { perm: [0, 2, 1] })]);
      return distances.shift(products);
    });
  const bias: Value[] = [];
  if (terms.includes('c2p')) bias.push(scores('c2p', query, distances.falling));
  if (terms.includes('p2c')) bias.push(graph.op('Transpose', [scores('p2c', key, distances.rising)], { perm: [0, 1, 3, 2] }));
  return bias.length === 0 ? undefined : bias.reduce((a, b) => graph.add(a, b));
}

/**
 * The projected and scaled relative positions of a layer; [heads, count, size]. Independent of the text: the runtime computes it once,
 * while loading.
 */
function projected(graph: TextGraph, name: string, shape: DisentangledShape, { rows, count }: RelativeEmbeddings): Value {
  const { width, heads, size } = shape;
  const scaled = graph.op('Mul', [
    graph.linear(rows, name, { from: width, to: heads * size }),
    graph.builder.float(disentangledScale(shape)),
  ]);
  return graph.op('Transpose', [graph.reshape(scaled, count, heads, size)], { perm: [1, 0, 2] });
}
