import type { Value } from '../../graph/builder.ts';
import { groupOf } from '../shared-layers.ts';
import { bertShape } from './bert.ts';
import type { Config } from './config.ts';
import { countedEmbeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { postNormLayer, type LayerNames } from './layer.ts';
import { ACTIVATIONS, type TextGraph } from './text-graph.ts';

/** Default of config.json. */
const NARROW = 128;

const NAMES: LayerNames = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  output: 'attention.dense',
  attentionNorm: 'attention.LayerNorm',
  inner: 'ffn',
  outer: 'ffn_output',
  norm: 'full_layer_layer_norm',
};

/**
 * ALBERT (Lan et al. 2020): BERT's layers, many of which share weights, and embeddings of smaller width, projected after their norm. A
 * layer may consist of several (`inner_group_num`): each of them has a hidden state, as in the reference.
 */
export const albert: Family = {
  title: 'ALBERT',
  types: ['albert'],
  of: ['albert-base-v2', 'paraphrase-albert-small-v2'],
  prefixes: ['albert.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = { ...bertShape(config), activation: config.choice('hidden_act', ACTIVATIONS, 'gelu_new') };
    const { width } = shape;
    let rows = graph.within('embeddings', () => widened(graph, config, shape));
    const states = [rows];
    for (const [layer, name] of sharedLayers(config).entries()) {
      rows = graph.within(`layer.${layer}`, () => postNormLayer(graph, { rows, name, names: NAMES, shape, feedDropout: false }));
      states.push(rows);
    }
    return { states, width };
  },
};

/** Rows [batch * tokens, width] of the smaller tables. */
function widened(graph: TextGraph, config: Config, { width, epsilon }: { width: number; epsilon: number }): Value {
  const narrow = config.size('embedding_size', { fallback: NARROW });
  const embedded = countedEmbeddings(graph, config, { width: narrow, epsilon });
  return graph.linear(embedded, 'encoder.embedding_hidden_mapping_in', { from: narrow, to: width });
}

/** Weight names of each layer, from the first: equal names are shared weights. */
function sharedLayers(config: Config): string[] {
  const layers = config.size('num_hidden_layers');
  const groups = config.size('num_hidden_groups', { fallback: 1 });
  const inner = config.size('inner_group_num', { fallback: 1 });
  return Array.from({ length: layers * inner }, (_, i) => {
    return `encoder.albert_layer_groups.${groupOf(Math.floor(i / inner), layers / groups)}.albert_layers.${i % inner}`;
  });
}
