import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { HarnessError } from '../../errors.ts';
import { headSize } from './bert.ts';
import type { Config } from './config.ts';
import {
  disentangledBias,
  disentangledScale,
  POSITION_TERMS,
  type DisentangledShape,
  type RelativeEmbeddings,
} from './disentangled-attention.ts';
import { embeddingSum } from './embeddings.ts';
import type { Family } from './family.ts';
import { BERT_NAMES, postNormLayer, type LayerNames, type LayerShape } from './layer.ts';
import { distanceRows, Distances, logBucket } from './relative-positions.ts';
import { ACTIVATIONS, type TextGraph } from './text-graph.ts';

const NAMES: LayerNames = {
  ...BERT_NAMES,
  query: 'attention.self.query_proj',
  key: 'attention.self.key_proj',
  value: 'attention.self.value_proj',
};

/** DeBERTa-v2 and DeBERTa-v3 (He et al. 2021): disentangled attention to content and relative position. */
export const debertaV2: Family = {
  title: 'DeBERTa-v2, DeBERTa-v3',
  types: ['deberta-v2'],
  of: ['deberta-v3-small', 'deberta-v3-base', 'mdeberta-v3-base'],
  prefixes: ['deberta.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = layerShape(config);
    const { width, heads, size } = shape;
    const embedded = graph.within('embeddings', () => embeddings(graph, config, shape));
    const relative = config.flag('relative_attention', false)
      ? graph.within('distances', () => relativeEmbeddings(graph, config, shape))
      : undefined;
    const states = [embedded];
    let rows = embedded;
    for (let layer = 0; layer < config.size('num_hidden_layers'); layer++) {
      const name = `encoder.layer.${layer}`;
      rows = postNormLayer(graph, {
        rows,
        name,
        names: NAMES,
        shape,
        attend: (projected) =>
          graph.attention({
            ...projected,
            heads,
            size,
            scale: disentangledScale(shape),
            bias: relative === undefined ? undefined : disentangledBias(graph, projected, `${name}.attention.self`, shape, relative),
          }),
      });
      if (layer === 0 && config.size('conv_kernel_size', { fallback: 0, min: 0 }) > 0)
        rows = graph.within('encoder.conv', () => convolved(graph, config, shape, { embedded, rows }));
      states.push(rows);
    }
    return { states, width };
  },
};

type Shape = LayerShape & DisentangledShape;

function layerShape(config: Config): Shape {
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  return {
    width,
    heads,
    size: config.size('attention_head_size', { fallback: headSize(config, width, heads) }),
    inner: config.size('intermediate_size'),
    epsilon: config.number('layer_norm_eps', 1e-7),
    activation: config.choice('hidden_act', ACTIVATIONS, 'gelu'),
    terms: config.words('pos_att_type', POSITION_TERMS, []),
  };
}

/** Rows [batch * tokens, width]: the embedding tables may be narrower, and are projected before the norm. */
function embeddings(graph: TextGraph, config: Config, { width, epsilon }: Shape): Value {
  const narrow = config.size('embedding_size', { fallback: width });
  const positions = config.flag('position_biased_input', true)
    ? { rows: config.size('max_position_embeddings'), at: graph.range() }
    : undefined;
  const sum = graph.embedded(
    embeddingSum(graph, {
      vocabulary: config.size('vocab_size'),
      width: narrow,
      positions,
      types: config.size('type_vocab_size', { fallback: 0, min: 0 }),
    }),
    narrow,
  );
  const wide = narrow === width ? sum : graph.linear(sum, 'embeddings.embed_proj', { from: narrow, to: width, bias: false });
  const normed = graph.dropout(graph.layerNorm(wide, 'embeddings.LayerNorm', { width, epsilon }), 'hidden', ({ rows }) => [rows, width]);
  if (graph.mask === undefined || graph.packed) return normed;
  return graph.op('Mul', [normed, graph.reshape(graph.op('Cast', [graph.mask], { to: TensorProto_DataType.FLOAT }), -1, 1)]);
}

function relativeEmbeddings(graph: TextGraph, config: Config, { width, epsilon }: Shape): RelativeEmbeddings {
  const positions = config.size('max_position_embeddings');
  const maxDistance = sizeOrNone(config, 'max_relative_positions') ?? positions;
  const buckets = sizeOrNone(config, 'position_buckets');
  const span = buckets ?? maxDistance;
  const table = graph.weight('encoder.rel_embeddings.weight', [2 * span, width]);
  const normed = config.words('norm_rel_ebd', ['none', 'layer_norm'], ['none']).includes('layer_norm');
  const row = (distance: number) => {
    const place = buckets === undefined ? distance : logBucket(distance, { buckets, maxDistance });
    return Math.min(Math.max(place + span, 0), 2 * span - 1);
  };
  const [c2p, p2c] = config.flag('share_att_key', false)
    ? (['key_proj', 'query_proj'] as const)
    : (['pos_key_proj', 'pos_query_proj'] as const);
  return {
    rows: normed ? graph.layerNorm(table, 'encoder.LayerNorm', { width, epsilon }) : table,
    count: 2 * span,
    distances: new Distances(graph, distanceRows(Math.max(positions, maxDistance), row)),
    names: { c2p, p2c },
  };
}

/** A size, where -1 (or 0) means none. */
function sizeOrNone(config: Config, key: string): number | undefined {
  const value = config.number(key, -1);
  return value < 1 ? undefined : config.size(key);
}

/**
 * A convolution over the tokens' embeddings, whose output is added to that of the first layer (He et al. 2021; the reference's ConvLayer).
 * Returns rows.
 */
function convolved(
  graph: TextGraph,
  config: Config,
  { width, epsilon }: Shape,
  { embedded, rows }: { embedded: Value; rows: Value },
): Value {
  const kernel = config.size('conv_kernel_size');
  if (kernel % 2 === 0) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: conv_kernel_size`,
      what: `Expected an odd number, got ${kernel}.`,
      hint: 'Check the checkpoint.',
    });
  }
  const groups = config.size('conv_groups', { fallback: 1 });
  const edge = (kernel - 1) / 2;
  let text = graph.sequence(embedded, width);
  // The convolution reads beyond the end of a text, where it has to find zeros.
  if (graph.mask !== undefined)
    text = graph.op('Mul', [
      text,
      graph.op('Unsqueeze', [graph.op('Cast', [graph.mask], { to: TensorProto_DataType.FLOAT }), graph.builder.ints([2])]),
    ]);
  const channels = graph.op('Transpose', [text], { perm: [0, 2, 1] });
  const weights = [
    graph.weight('encoder.conv.conv.weight', [width, width / groups, kernel]),
    graph.weight('encoder.conv.conv.bias', [width]),
  ];
  const mixed = graph.op('Conv', [channels, ...weights], { group: groups, kernel_shape: [kernel], pads: [edge, edge] });
  const dropped = graph.dropout(graph.rows(graph.op('Transpose', [mixed], { perm: [0, 2, 1] }), width), 'hidden', ({ rows: count }) => [
    count,
    width,
  ]);
  const active = graph.activation(dropped, config.choice('conv_act', ACTIVATIONS, 'tanh'));
  return graph.layerNorm(graph.add(rows, active), 'encoder.conv.LayerNorm', { width, epsilon });
}
