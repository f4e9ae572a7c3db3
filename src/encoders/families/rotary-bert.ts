import type { Value } from '../../graph/builder.ts';
import { headSize } from './bert.ts';
import type { Config } from './config.ts';
import { embeddings } from './embeddings.ts';
import { postNormLayer, type LayerShape, type Projected } from './layer.ts';
import type { Rope } from './rope.ts';
import { Rotary } from './rotary.ts';
import { ACTIVATIONS, type Activation, type TextGraph } from './text-graph.ts';
import type { WeightSource } from './weights.ts';

/** Weight names of a checkpoint; parts of a layer below the layer's own name. */
export interface RotaryNames {
  readonly embeddingNorm: string;
  /** Prefix of the layers' numbers. */
  readonly layers: string;
  /** Queries, keys and values in one weight; a checkpoint has it, or the three. */
  readonly packed: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly attentionNorm: string;
  readonly norm: string;
}

/** Names inside transformers 5, and in files written from its state dict. */
export const PLAIN_NAMES: RotaryNames = {
  embeddingNorm: 'embeddings.LayerNorm',
  layers: 'layers',
  packed: 'self_attn.qkv_proj',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  output: 'self_attn.o_proj',
  attentionNorm: 'post_attention_layernorm',
  norm: 'post_mlp_layernorm',
};

/** The names that a checkpoint uses: transformers' own, else the published ones. */
export function namesIn(weights: WeightSource, published: RotaryNames): RotaryNames {
  return weights.shapeOf(`${PLAIN_NAMES.layers}.0.${PLAIN_NAMES.attentionNorm}.weight`) === undefined ? published : PLAIN_NAMES;
}

export interface RotaryShape extends LayerShape {
  readonly layers: number;
}

/** Sizes of an encoder whose config.json uses BERT's field names; the width of a head may be explicit. */
export function rotaryShape(config: Config, { epsilon, activation }: { epsilon: number; activation?: Activation }): RotaryShape {
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  return {
    layers: config.size('num_hidden_layers'),
    width,
    heads,
    size: config.has('head_dim') ? config.size('head_dim') : headSize(config, width, heads),
    inner: config.size('intermediate_size'),
    epsilon: config.number('layer_norm_eps', epsilon),
    activation: activation ?? config.choice('hidden_act', ACTIVATIONS, 'gelu'),
  };
}

export interface RotaryBertParams {
  readonly shape: RotaryShape;
  readonly rope: Rope;
  readonly names: RotaryNames;
  /** Rows of the token and token type tables; 0 types: none. */
  readonly vocabulary: number;
  readonly types: number;
  /** Whether the input and output products of attention have a bias. Default: true. */
  readonly bias?: boolean;
  /** The feed-forward of the layer of that name. Rows in, rows out. */
  readonly feed: (rows: Value, layer: string) => Value;
}

/** BERT's layers with rotary positions instead of position embeddings (Su et al. 2021). */
export function rotaryBert(graph: TextGraph, params: RotaryBertParams): { readonly states: readonly Value[]; readonly width: number } {
  const { shape, rope, names, vocabulary, types, bias = true, feed } = params;
  const { width, heads, size, epsilon } = shape;
  let rows = graph.within('embeddings', () => embeddings(graph, { vocabulary, width, epsilon, types, norm: names.embeddingNorm }));
  const rotary = new Rotary(graph, rope);
  const turned = ({ query, key, value }: Projected): Projected => ({
    query: rotary.turn(query, { heads, size }),
    key: rotary.turn(key, { heads, size }),
    value,
  });
  const states = [rows];
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = `${names.layers}.${layer}`;
    const packed = `${name}.${names.packed}`;
    rows = postNormLayer(graph, {
      rows,
      name,
      names: { ...names, inner: '', outer: '' },
      shape,
      projectionBias: bias,
      outputBias: bias,
      project:
        graph.weights.shapeOf(`${packed}.weight`) === undefined
          ? undefined
          : (input) => parted(graph, input, { name: packed, shape, bias }),
      attend: (projected) => graph.attention({ ...turned(projected), heads, size }),
      feed: (input) => feed(input, name),
    });
    states.push(rows);
  }
  return { states, width };
}

/** Queries, keys and values by one product: rows [n, heads * size] each. */
function parted(graph: TextGraph, rows: Value, { name, shape, bias }: { name: string; shape: LayerShape; bias: boolean }): Projected {
  const { width, heads, size } = shape;
  const [query, key, value] = graph.linears(rows, name, { from: width, to: heads * size, parts: 3, bias }) as [Value, Value, Value];
  return { query, key, value };
}
