import type { Value } from '../../graph/builder.ts';
import { gatedFeed } from './gated-feed.ts';
import type { GroupedHeads } from './grouped-heads.ts';
import type { Activation, TextGraph } from './text-graph.ts';

/** Sizes of a layer as in Llama. */
export interface PreNormShape extends GroupedHeads {
  readonly width: number;
  /** Width between the feed-forward products. */
  readonly inner: number;
  readonly activation: Activation;
  readonly norm: RmsNorm;
  /** Whether queries, keys and values have a bias, attention's output product, the feed-forward products. */
  readonly bias: { readonly projections: boolean; readonly output: boolean; readonly feed: boolean };
  /** Queries and keys are normalised per head before rotation (Qwen3, Gemma 3). */
  readonly headNorms: boolean;
  /** Outputs of attention and feed-forward are normalised before they are added (Gemma 2 and 3). */
  readonly outputNorms: boolean;
}

export interface RmsNorm {
  readonly epsilon: number;
  /** Added to the norms' weights: 1 if they are stored relative to 1. */
  readonly offset: number;
}

/** Rows [n, heads * size] of queries, [n, keyHeads * size] of keys and values. */
export interface GroupedRows {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

export interface PreNormParams {
  /** Rows [n, width]. */
  readonly rows: Value;
  /** Name prefix of the layer's weights: `layers.0`. */
  readonly name: string;
  readonly shape: PreNormShape;
  /** Positions and attention. Returns rows [n, heads * size]. */
  readonly attend: (projected: GroupedRows) => Value;
}

/** A pre-norm layer with RMS norms and a gated feed-forward, with Llama's weight names (Touvron et al. 2023). Returns rows [n, width]. */
export function preNormLayer(graph: TextGraph, { rows, name, shape, attend }: PreNormParams): Value {
  const { width, inner, activation, bias, outputNorms } = shape;
  const norm = (value: Value, part: string) => graph.rmsNorm(value, `${name}.${part}`, { width, ...shape.norm });
  const dropped = (value: Value) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, width]);
  return graph.within(name, () => {
    const attended = graph.within('attention', () => {
      const mixed = attend(projections(graph, { rows: norm(rows, 'input_layernorm'), name: `${name}.self_attn`, shape }));
      const back = graph.linear(mixed, `${name}.self_attn.o_proj`, { from: shape.heads * shape.size, to: width, bias: bias.output });
      return graph.add(rows, dropped(outputNorms ? norm(back, 'post_attention_layernorm') : back));
    });
    return graph.within('feed-forward', () => {
      const fed = gatedFeed(graph, {
        rows: norm(attended, outputNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
        width,
        inner,
        activation,
        bias: bias.feed,
        gate: `${name}.mlp.gate_proj`,
        up: `${name}.mlp.up_proj`,
        down: `${name}.mlp.down_proj`,
      });
      return graph.add(attended, dropped(outputNorms ? norm(fed, 'post_feedforward_layernorm') : fed));
    });
  });
}

/** Queries, keys and values, normalised if the family does so. */
function projections(graph: TextGraph, { rows, name, shape }: { rows: Value; name: string; shape: PreNormShape }): GroupedRows {
  const { width, heads, keyHeads, size, headNorms } = shape;
  const project = (part: string, count: number) =>
    graph.linear(rows, `${name}.${part}_proj`, { from: width, to: count * size, bias: shape.bias.projections });
  const normed = (part: 'q' | 'k', count: number) => {
    const projected = project(part, count);
    return headNorms ? graph.rmsNormHeads(projected, `${name}.${part}_norm`, { heads: count, size, ...shape.norm }) : projected;
  };
  return { query: normed('q', heads), key: normed('k', keyHeads), value: project('v', keyHeads) };
}
