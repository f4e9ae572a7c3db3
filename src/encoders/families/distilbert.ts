import { headSize } from './bert.ts';
import type { Config } from './config.ts';
import { embeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { postNormLayer, type LayerNames, type LayerShape } from './layer.ts';
import { ACTIVATIONS } from './text-graph.ts';

/** Not in config.json: a constant of the reference's code. */
const EPSILON = 1e-12;

const NAMES: LayerNames = {
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  output: 'attention.out_lin',
  attentionNorm: 'sa_layer_norm',
  inner: 'ffn.lin1',
  outer: 'ffn.lin2',
  norm: 'output_layer_norm',
};

/**
 * DistilBERT (Sanh et al. 2019): half of BERT's layers with other weight names, no token types. Checkpoints with sinusoidal positions store
 * their table like the others.
 */
export const distilbert: Family = {
  title: 'DistilBERT',
  types: ['distilbert'],
  of: ['distilbert-base-uncased', 'msmarco-distilbert-base-v4', 'multi-qa-distilbert-cos-v1'],
  prefixes: ['distilbert.'],
  landmark: 'embeddings.word_embeddings.weight',
  dropout: { hidden: ['dropout'], attention: ['attention_dropout'] },
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = layerShape(config);
    const { width } = shape;
    let rows = graph.within('embeddings', () =>
      embeddings(graph, {
        vocabulary: config.size('vocab_size'),
        width,
        epsilon: EPSILON,
        positions: { rows: config.size('max_position_embeddings'), at: graph.range() },
        types: 0,
      }),
    );
    const states = [rows];
    const layers = config.sizeOf('n_layers', 'num_hidden_layers');
    for (let layer = 0; layer < layers; layer++) {
      rows = postNormLayer(graph, { rows, name: `transformer.layer.${layer}`, names: NAMES, shape, outputDropout: false });
      states.push(rows);
    }
    return { states, width };
  },
};

function layerShape(config: Config): LayerShape {
  const width = config.sizeOf('dim', 'hidden_size');
  const heads = config.sizeOf('n_heads', 'num_attention_heads');
  return {
    width,
    heads,
    size: headSize(config, width, heads),
    inner: config.size('hidden_dim'),
    epsilon: EPSILON,
    activation: config.choice('activation', ACTIVATIONS, 'gelu'),
  };
}
