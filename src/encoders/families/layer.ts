import type { Value } from '../../graph/builder.ts';
import type { Activation, TextGraph } from './text-graph.ts';

export interface LayerShape {
  readonly width: number;
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  /** Width between the two feed-forward products. */
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: Activation;
}

/** What a family calls the weights of a layer, below the layer's own name. */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly attentionNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly norm: string;
}

export const BERT_NAMES: LayerNames = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  inner: 'intermediate.dense',
  outer: 'output.dense',
  norm: 'output.LayerNorm',
};

/** Rows [batch * tokens, width] each, after their projections. */
export interface Projected {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

export interface PostNormParams {
  /** Rows [batch * tokens, width]. */
  readonly rows: Value;
  /** The layer's name among the weights: `encoder.layer.0`. */
  readonly name: string;
  readonly names?: LayerNames;
  readonly shape: LayerShape;
  /** Whether queries, keys and values have a bias; true where left out. */
  readonly projectionBias?: boolean;
  /** Whether training drops entries of attention's output; true where left out. */
  readonly outputDropout?: boolean;
  /** The same of the feed-forward's. */
  readonly feedDropout?: boolean;
  /** What is done with the projections; all tokens attending to all where left out. Returns rows. */
  readonly attend?: (projected: Projected) => Value;
}

/** A layer that norms after each residual sum (Vaswani et al. 2017; Devlin et al. 2019). Returns rows. */
export function postNormLayer(
  graph: TextGraph,
  { rows, name, names = BERT_NAMES, shape, projectionBias = true, outputDropout = true, feedDropout = true, attend }: PostNormParams,
): Value {
  const { width, heads, size, inner, epsilon, activation } = shape;
  return graph.within(name, () => {
    const dropped = (value: Value) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, width]);
    const linear = (value: Value, part: string, from: number, to: number) => graph.linear(value, `${name}.${part}`, { from, to });
    const attended = graph.within('attention', () => {
      const project = (part: string) => graph.linear(rows, `${name}.${part}`, { from: width, to: heads * size, bias: projectionBias });
      const projected = { query: project(names.query), key: project(names.key), value: project(names.value) };
      const mixed = attend === undefined ? graph.attention({ ...projected, heads, size }) : attend(projected);
      const projectedBack = linear(mixed, names.output, heads * size, width);
      const output = outputDropout ? dropped(projectedBack) : projectedBack;
      return graph.layerNorm(graph.add(output, rows), `${name}.${names.attentionNorm}`, { width, epsilon });
    });
    const fed = graph.within('feed-forward', () => {
      const output = linear(graph.activation(linear(attended, names.inner, width, inner), activation), names.outer, inner, width);
      return feedDropout ? dropped(output) : output;
    });
    return graph.layerNorm(graph.add(fed, attended), `${name}.${names.norm}`, { width, epsilon });
  });
}
