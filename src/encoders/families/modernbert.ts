import { HarnessError } from '../../errors.ts';
import type { Value } from '../../graph/builder.ts';
import { headSize } from './bert.ts';
import type { Config } from './config.ts';
import type { Family } from './family.ts';
import { listedLayerTypes, ropeByLayerType, type LayerType } from './layer-types.ts';
import { plainRope, refuseOdd } from './rope.ts';
import { Rotary } from './rotary.ts';
import { SlidingWindow } from './sliding-window.ts';
import { ACTIVATIONS, type Activation, type AttentionParams, type TextGraph } from './text-graph.ts';

/**
 * ModernBERT (Warner et al. 2024): pre-norm layers, rotary positions, gated feed-forward, few biases; most layers use a window, each n-th
 * the whole text. The last hidden state is normalised, earlier ones are not.
 */
export const modernbert: Family = {
  title: 'ModernBERT',
  types: ['modernbert'],
  of: ['ModernBERT-base', 'gte-modernbert-base', 'granite-embedding-small-english-r2', 'mmBERT-base'],
  prefixes: ['model.'],
  landmark: 'embeddings.tok_embeddings.weight',
  lastNorm: true,
  dropout: { hidden: ['mlp_dropout'], attention: ['attention_dropout'] },
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = modernShape(config);
    const { width, size, norm } = shape;
    const attentions = attentionsOf(graph, config, { size });
    let rows = graph.within('embeddings', () => {
      const embedded = graph.lookUp(graph.tokenwise(graph.ids), 'embeddings.tok_embeddings.weight', {
        rows: config.size('vocab_size'),
        width,
      });
      return graph.dropout(graph.embedded(graph.layerNorm(embedded, 'embeddings.norm', norm), width), 'hidden', ({ rows: count }) => [
        count,
        width,
      ]);
    });
    const states = [rows];
    for (const [layer, type] of layerTypes(config).entries()) {
      rows = preNormLayer(graph, { rows, name: `layers.${layer}`, shape, normed: layer === 0, attention: attentions[type]() });
      states.push(rows);
    }
    states[states.length - 1] = graph.layerNorm(rows, 'final_norm', norm);
    return { states, width };
  },
};

interface ModernShape {
  readonly width: number;
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  /** Width between the two feed-forward products, after the gate. */
  readonly inner: number;
  readonly activation: Activation;
  readonly norm: { readonly width: number; readonly epsilon: number; readonly bias: boolean };
  readonly attentionBias: boolean;
  readonly feedBias: boolean;
}

function modernShape(config: Config): ModernShape {
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  return {
    width,
    heads,
    size: headSize(config, width, heads),
    inner: config.size('intermediate_size'),
    activation: config.choice('hidden_activation', ACTIVATIONS, 'gelu'),
    norm: { width, epsilon: config.number('norm_eps', 1e-5), bias: config.flag('norm_bias', false) },
    attentionBias: config.flag('attention_bias', false),
    feedBias: config.flag('mlp_bias', false),
  };
}

/** Type of each layer: `layer_types`, or, in older files, the whole text in each n-th layer, starting with the first. */
function layerTypes(config: Config): LayerType[] {
  const layers = config.size('num_hidden_layers');
  const listed = listedLayerTypes(config, layers);
  if (listed !== undefined) return listed;
  const every = config.size('global_attn_every_n_layers', { fallback: 3 });
  return Array.from({ length: layers }, (_, layer) => (layer % every === 0 ? 'full_attention' : 'sliding_attention'));
}

/** Projected rows -> attention output as rows. */
type Attention = (projected: Projected) => Value;
type Projected = Omit<AttentionParams, 'bias' | 'scale'>;

/** The attention of each type of layer; its positions and mask are created with the first layer that needs them. */
function attentionsOf(graph: TextGraph, config: Config, { size }: { size: number }): Readonly<Record<LayerType, () => Attention>> {
  refuseOdd(config, size);
  const rotary = (type: LayerType) => new Rotary(graph, plainRope({ theta: thetaOf(config, type), size }));
  return {
    full_attention: once(() => {
      const positions = rotary('full_attention');
      return (projected) => graph.attention(turned(positions, projected));
    }),
    sliding_attention: once(() => {
      const positions = rotary('sliding_attention');
      const window = new SlidingWindow(graph, { reach: reachOf(config) });
      return (projected) => window.attention(turned(positions, projected));
    }),
  };
}

function turned(rotary: Rotary, { query, key, ...rest }: Projected): Projected {
  return { ...rest, query: rotary.turn(query, rest), key: rotary.turn(key, rest) };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Reach of a token in a layer with a window. */
function reachOf(config: Config): number {
  if (config.has('sliding_window')) return config.size('sliding_window');
  return Math.floor(config.size('local_attention', { fallback: 128, min: 2 }) / 2);
}

/** Base of the rotary angles: in `rope_parameters`, or, in older files, in a separate field. Throws FORMAT for scaled angles. */
function thetaOf(config: Config, type: LayerType): number {
  if (config.has('rope_scaling')) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: rope_scaling`,
      what: 'Scaled rotary positions are not supported.',
      hint: 'Use an ONNX file of the encoder.',
    });
  }
  const both = ropeByLayerType(config);
  const rope = both.inside(type);
  rope.choice('rope_type', ['default'], 'default');
  const whole = () => config.number('global_rope_theta', 160_000);
  // A local theta of null means the global one; a missing one has its own default.
  const local = () => (config.values['local_rope_theta'] === null ? whole() : config.number('local_rope_theta', 10_000));
  return rope.has('rope_theta') ? rope.number('rope_theta') : type === 'full_attention' ? whole() : local();
}

interface PreNormParams {
  /** Rows [batch * tokens, width]. */
  readonly rows: Value;
  /** Name prefix of the layer's weights. */
  readonly name: string;
  readonly shape: ModernShape;
  /** The rows are already normalised, as after the embeddings. */
  readonly normed: boolean;
  readonly attention: Attention;
}

/** A pre-norm layer with a gated feed-forward (GeGLU, Shazeer 2020). Returns rows. */
function preNormLayer(graph: TextGraph, { rows, name, shape, normed, attention }: PreNormParams): Value {
  const { width, heads, size, inner, activation, norm, attentionBias, feedBias } = shape;
  const dropped = (value: Value) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, width]);
  return graph.within(name, () => {
    const attended = graph.within('attention', () => {
      const input = normed ? rows : graph.layerNorm(rows, `${name}.attn_norm`, norm);
      const projected = graph.linears(input, `${name}.attn.Wqkv`, { from: width, to: width, parts: 3, bias: attentionBias });
      const [query, key, value] = projected as [Value, Value, Value];
      const mixed = attention({ query, key, value, heads, size });
      return graph.add(rows, dropped(graph.linear(mixed, `${name}.attn.Wo`, { from: width, to: width, bias: attentionBias })));
    });
    return graph.within('feed-forward', () => {
      const before = graph.layerNorm(attended, `${name}.mlp_norm`, norm);
      const [input, gate] = graph.linears(before, `${name}.mlp.Wi`, { from: width, to: inner, parts: 2, bias: feedBias }) as [Value, Value];
      const gated = graph.op('Mul', [graph.activation(input, activation), gate]);
      return graph.add(attended, dropped(graph.linear(gated, `${name}.mlp.Wo`, { from: inner, to: width, bias: feedBias })));
    });
  });
}
