import type { Value } from '../../graph/builder.ts';
import type { Config } from './config.ts';
import type { Family } from './family.ts';
import { gatedFeed } from './gated-feed.ts';
import { bucketedDistances, distanceBias, type Buckets } from './relative-positions.ts';
import { ACTIVATIONS, type Activation, type TextGraph } from './text-graph.ts';

/**
 * The encoders of T5 (Raffel et al. 2020), mT5 (Xue et al. 2021) and UMT5 (Chung et al. 2023), with or without their decoders: pre-norm
 * layers with RMS norms, no biases except for relative positions, unscaled scores. The last hidden state is normalised, earlier ones are
 * not. Positions are unlimited: distances beyond `relative_attention_max_distance` are equal.
 */
export const t5: Family = {
  title: 'T5, mT5, UMT5 (their encoders)',
  types: ['t5', 'mt5', 'umt5'],
  of: ['sentence-t5-base', 'gtr-t5-base', 'instructor-base'],
  prefixes: ['transformer.'],
  landmark: 'encoder.block.0.layer.0.SelfAttention.q.weight',
  positions: () => undefined,
  lastNorm: true,
  dropout: { hidden: ['dropout_rate'], attention: ['dropout_rate'] },
  paddingRow: () => undefined,
  build(graph, config) {
    const shape = t5Shape(config);
    const { width } = shape;
    const dropped = (value: Value) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, width]);
    let rows = graph.within('embeddings', () => dropped(embedded(graph, config, width)));
    const bias = biases(graph, config, shape);
    const states = [rows];
    for (let layer = 0; layer < config.sizeOf('num_layers', 'num_hidden_layers'); layer++) {
      rows = t5Layer(graph, { rows, name: `encoder.block.${layer}`, shape, bias: bias(layer) });
      states.push(rows);
    }
    states[states.length - 1] = dropped(graph.rmsNorm(rows, 'encoder.final_layer_norm', shape));
    return { states, width };
  },
};

interface T5Shape {
  readonly width: number;
  readonly heads: number;
  /** Width of a head; all heads together are not as wide as a token's vector. */
  readonly size: number;
  /** Width between the feed-forward products. */
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly gated: boolean;
}

function t5Shape(config: Config): T5Shape {
  return {
    width: config.sizeOf('d_model', 'hidden_size'),
    heads: config.sizeOf('num_heads', 'num_attention_heads'),
    size: config.sizeOf('d_kv', 'head_dim'),
    inner: config.size('d_ff'),
    epsilon: config.number('layer_norm_epsilon', 1e-6),
    ...feedForward(config),
  };
}

/** Values of `feed_forward_proj`. */
const FEEDS = [...ACTIVATIONS, ...ACTIVATIONS.map((each) => `gated-${each}` as const)];

/**
 * The activation, and whether it is gated: `feed_forward_proj` contains both ("relu", "gated-silu"; "gated-gelu" is the tanh form), and the
 * separate fields of newer files take precedence. Throws FORMAT for other values.
 */
function feedForward(config: Config): Pick<T5Shape, 'activation' | 'gated'> {
  const said = config.choice('feed_forward_proj', FEEDS, config.modelType === 't5' ? 'relu' : 'gated-gelu');
  const activation = said === 'gated-gelu' ? 'gelu_new' : (said.replace('gated-', '') as Activation);
  return {
    activation: config.choice('dense_act_fn', ACTIVATIONS, activation),
    gated: config.flag('is_gated_act', said.startsWith('gated-')),
  };
}

/** Rows [batch * tokens, width]. The encoder's table is usually shared with the decoder, and then in the file once, as `shared`. */
function embedded(graph: TextGraph, config: Config, width: number): Value {
  const table =
    ['encoder.embed_tokens.weight', 'shared.weight'].find((name) => graph.weights.shapeOf(name) !== undefined) ?? 'shared.weight';
  return graph.embedded(graph.lookUp(graph.tokenwise(graph.ids), table, { rows: config.size('vocab_size'), width }), width);
}

/**
 * The bias that each layer adds to its scores, including the mask: usually from a table of the first layer, created once; in UMT5 each
 * layer has its own. [batch (1 without padding), heads, tokens, tokens]
 */
function biases(graph: TextGraph, config: Config, { heads }: T5Shape): (layer: number) => Value {
  const buckets = bucketsOf(config);
  const distances = graph.within('distances', () => bucketedDistances(graph, buckets));
  const biasOf = (layer: number) =>
    graph.within('distances', () => {
      const name = `encoder.block.${layer}.layer.0.SelfAttention.relative_attention_bias.weight`;
      const bias = distanceBias(graph, { distances, name, rows: buckets.buckets, heads });
      const mask = graph.maskBias();
      return mask === undefined ? bias : graph.add(bias, mask);
    });
  if (config.modelType === 'umt5') return biasOf;
  const shared = biasOf(0);
  return () => shared;
}

function bucketsOf(config: Config): Buckets {
  const buckets = config.size('relative_attention_num_buckets', { fallback: 32, min: 4 });
  return { buckets, maxDistance: config.size('relative_attention_max_distance', { fallback: 128, min: Math.floor(buckets / 4) + 1 }) };
}

interface T5LayerParams {
  /** Rows [batch * tokens, width]. */
  readonly rows: Value;
  /** Name prefix of the layer's weights. */
  readonly name: string;
  readonly shape: T5Shape;
  /** See `biases`. */
  readonly bias: Value;
}

/** Returns rows. */
function t5Layer(graph: TextGraph, { rows, name, shape, bias }: T5LayerParams): Value {
  const { width, heads, size, inner, activation, gated } = shape;
  const dropped = (value: Value, wide = width) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, wide]);
  return graph.within(name, () => {
    const attended = graph.within('attention', () => {
      const own = `${name}.layer.0.SelfAttention`;
      const normed = graph.rmsNorm(rows, `${name}.layer.0.layer_norm`, shape);
      const project = (part: string) => graph.linear(normed, `${own}.${part}`, { from: width, to: heads * size, bias: false });
      const mixed = graph.attention({
        query: project('q'),
        key: project('k'),
        value: project('v'),
        heads,
        size,
        scale: 1,
        bias,
        masked: true,
      });
      return graph.add(rows, dropped(graph.linear(mixed, `${own}.o`, { from: heads * size, to: width, bias: false })));
    });
    return graph.within('feed-forward', () => {
      const own = `${name}.layer.1.DenseReluDense`;
      const normed = graph.rmsNorm(attended, `${name}.layer.1.layer_norm`, shape);
      const feed = { rows: normed, width, inner, activation, gate: `${own}.wi_0`, up: `${own}.wi_1`, down: `${own}.wo`, dropped: true };
      if (gated) return graph.add(attended, dropped(gatedFeed(graph, feed)));
      const wide = graph.activation(graph.linear(normed, `${own}.wi`, { from: width, to: inner, bias: false }), activation);
      return graph.add(attended, dropped(graph.linear(dropped(wide, inner), `${own}.wo`, { from: inner, to: width, bias: false })));
    });
  });
}
