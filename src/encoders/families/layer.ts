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

/** A family's weight names of a layer, below the layer's own name. */
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
  /** Name prefix of the layer's weights: `encoder.layer.0`. */
  readonly name: string;
  readonly names?: LayerNames;
  readonly shape: LayerShape;
  /** Whether queries, keys and values have a bias. Default: true. */
  readonly projectionBias?: boolean;
  /** Custom projection of queries, keys and values. Default: one weight each. */
  readonly project?: ((rows: Value) => Projected) | undefined;
  /** Whether the output product of attention has a bias. Default: true. */
  readonly outputBias?: boolean;
  /** Custom feed-forward. Rows in, rows out, without dropout, residual sum and norm. Default: two products and an activation. */
  readonly feed?: ((rows: Value) => Value) | undefined;
  /** Whether dropout is applied to attention's output. Default: true. */
  readonly outputDropout?: boolean;
  /** The same for the feed-forward's. */
  readonly feedDropout?: boolean;
  /** Custom attention, given the projections; returns rows. Default: full attention. */
  readonly attend?: (projected: Projected) => Value;
}

/** A post-norm layer (Vaswani et al. 2017; Devlin et al. 2019). Returns rows. */
export function postNormLayer(graph: TextGraph, params: PostNormParams): Value {
  const { rows, name, names = BERT_NAMES, shape, projectionBias = true, project, outputBias = true } = params;
  const { outputDropout = true, feedDropout = true, attend, feed } = params;
  const { width, heads, size, inner, epsilon, activation } = shape;
  return graph.within(name, () => {
    const dropped = (value: Value) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, width]);
    const linear = (value: Value, part: string, from: number, to: number, bias = true) =>
      graph.linear(value, `${name}.${part}`, { from, to, bias });
    const attended = graph.within('attention', () => {
      const each = (part: string) => linear(rows, part, width, heads * size, projectionBias);
      const projected = project?.(rows) ?? { query: each(names.query), key: each(names.key), value: each(names.value) };
      const mixed = attend === undefined ? graph.attention({ ...projected, heads, size }) : attend(projected);
      const projectedBack = linear(mixed, names.output, heads * size, width, outputBias);
      const output = outputDropout ? dropped(projectedBack) : projectedBack;
      return graph.layerNorm(graph.add(output, rows), `${name}.${names.attentionNorm}`, { width, epsilon });
    });
    const usual = () => linear(graph.activation(linear(attended, names.inner, width, inner), activation), names.outer, inner, width);
    const fed = graph.within('feed-forward', () => {
      const output = feed === undefined ? usual() : feed(attended);
      return feedDropout ? dropped(output) : output;
    });
    return graph.layerNorm(graph.add(fed, attended), `${name}.${names.norm}`, { width, epsilon });
  });
}
