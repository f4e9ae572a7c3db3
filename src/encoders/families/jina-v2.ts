import type { Value } from '../../graph/builder.ts';
import { alibiBias } from './alibi.ts';
import { bertShape } from './bert.ts';
import { embeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { packedGatedFeed } from './gated-feed.ts';
import { BERT_NAMES, postNormLayer, type LayerShape, type Projected } from './layer.ts';
import type { Activation, TextGraph } from './text-graph.ts';

/** `feed_forward_type`: a gate with its activation, or BERT's own feed-forward. */
const FEEDS = ['original', 'geglu', 'reglu'] as const;
type Feed = (typeof FEEDS)[number];
const GATES: Readonly<Record<Exclude<Feed, 'original'>, Activation>> = { geglu: 'gelu', reglu: 'relu' };

/**
 * jina-embeddings-v2 (Günther et al. 2023): BERT with ALiBi position biases and a gated feed-forward. Two variants were published:
 * jina-bert-implementation, and jina-bert-v2-qk-post-norm (jina-embeddings-v2-base-code), which normalises queries and keys, and each
 * residual sum once more. They are distinguished by their weights.
 */
export const jinaV2: Family = {
  title: 'jina-embeddings-v2 (BERT with ALiBi)',
  types: ['bert'],
  of: ['jina-embeddings-v2-small-en', 'jina-embeddings-v2-base-en', 'jina-embeddings-v2-base-code'],
  means: (config) => config.values['position_embedding_type'] === 'alibi',
  prefixes: ['bert.'],
  landmark: 'embeddings.word_embeddings.weight',
  // No position table.
  endless: true,
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = bertShape(config, ['alibi']);
    const { width, heads, epsilon } = shape;
    let rows = graph.within('embeddings', () =>
      embeddings(graph, { vocabulary: config.size('vocab_size'), width, epsilon, types: config.size('type_vocab_size', { fallback: 2 }) }),
    );
    const bias = alibiBias(graph, heads);
    const isNormed = graph.weights.shapeOf('encoder.layer.0.layer_norm_1.weight') !== undefined;
    const layer = isNormed ? normedLayer : plainLayer;
    // Each variant's default.
    const feed = config.choice('feed_forward_type', FEEDS, isNormed ? 'geglu' : 'original');
    const states = [rows];
    for (let i = 0; i < shape.layers; i++) {
      rows = layer(graph, { rows, name: `encoder.layer.${i}`, shape, bias, feed });
      states.push(rows);
    }
    return { states, width };
  },
};

interface LayerParams {
  readonly rows: Value;
  readonly name: string;
  readonly shape: LayerShape;
  /** Added to the scores. */
  readonly bias: Value;
  readonly feed: Feed;
}

/** BERT's layer; a gate has its norm among its own weights, and is their first half. */
function plainLayer(graph: TextGraph, { rows, name, shape, bias, feed }: LayerParams): Value {
  const { heads, size, width, inner } = shape;
  const attend = (projected: Projected) => graph.attention({ ...projected, heads, size, bias });
  if (feed === 'original') return postNormLayer(graph, { rows, name, shape, attend });
  const mlp = `${name}.mlp`;
  return postNormLayer(graph, {
    rows,
    name,
    names: { ...BERT_NAMES, norm: 'mlp.layernorm' },
    shape,
    attend,
    // Dropout is applied to the input of the second product, not its output.
    feedDropout: false,
    feed: (input) =>
      packedGatedFeed(graph, {
        rows: input,
        width,
        inner,
        activation: GATES[feed],
        both: `${mlp}.gated_layers`,
        gate: 'first',
        down: `${mlp}.wo`,
      }),
  });
}

/**
 * Attention with normalised queries and keys, followed by BERT's norm; both attention and feed-forward are followed by a residual sum and
 * another norm.
 */
function normedLayer(graph: TextGraph, { rows, name, shape, bias, feed }: LayerParams): Value {
  const { heads, size, width, inner, epsilon, activation } = shape;
  const norm = (value: Value, part: string) => graph.layerNorm(value, `${name}.${part}`, { width, epsilon });
  const linear = (value: Value, part: string) => graph.linear(value, `${name}.${part}`, { from: width, to: width });
  const dropped = (value: Value, columns = width) => graph.dropout(value, 'hidden', ({ rows: count }) => [count, columns]);
  return graph.within(name, () => {
    const attended = graph.within('attention', () => {
      const [query, key] = ['query', 'key'].map((each) =>
        norm(linear(rows, `attention.self.${each}`), `attention.self.layer_norm_${each[0]!}`),
      ) as [Value, Value];
      const mixed = graph.attention({ query, key, value: linear(rows, 'attention.self.value'), heads, size, bias });
      return norm(graph.add(dropped(linear(mixed, 'attention.output.dense')), rows), 'attention.output.LayerNorm');
    });
    const sum = norm(graph.add(rows, attended), 'layer_norm_1');
    const mlp = `${name}.mlp`;
    const fed = graph.within('feed-forward', () => {
      const down = `${mlp}.down_layer`;
      if (feed !== 'original')
        return packedGatedFeed(graph, {
          rows: sum,
          width,
          inner,
          activation: GATES[feed],
          both: `${mlp}.up_gated_layer`,
          gate: 'second',
          down,
        });
      const wide = graph.activation(graph.linear(sum, `${mlp}.up_layer`, { from: width, to: inner, bias: false }), activation);
      return graph.linear(dropped(wide, inner), down, { from: inner, to: width });
    });
    return norm(graph.add(sum, fed), 'layer_norm_2');
  });
}
