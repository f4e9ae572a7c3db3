import type { Config } from './config.ts';
import type { Family } from './family.ts';
import { plainRope, refuseOdd, ropeOf, type Rope } from './rope.ts';
import { namesIn, rotaryBert, rotaryShape, type RotaryNames } from './rotary-bert.ts';
import { adaptedTask } from '../adapters/task-adapters.ts';

const NAMES: RotaryNames = {
  embeddingNorm: 'emb_ln',
  layers: 'encoder.layers',
  packed: 'mixer.Wqkv',
  query: 'mixer.Wq',
  key: 'mixer.Wk',
  value: 'mixer.Wv',
  output: 'mixer.out_proj',
  attentionNorm: 'norm1',
  norm: 'norm2',
};

/**
 * jina-embeddings-v3 (Sturua et al. 2024): XLM-R with rotary positions, counted from 0. As in transformers, and as published
 * (jinaai/xlm-roberta-flash-implementation) with task adapters, which are merged first.
 */
export const jinaV3: Family = {
  title: 'jina-embeddings-v3 (XLM-RoBERTa with rotary positions)',
  types: ['jina_embeddings_v3', 'xlm-roberta'],
  of: ['jina-embeddings-v3', 'jina-embeddings-v3-hf'],
  means: (config) => config.modelType === 'jina_embeddings_v3' || config.values['position_embedding_type'] === 'rotary',
  prefixes: ['roberta.'],
  landmark: 'embeddings.word_embeddings.weight',
  endless: true,
  tasks: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: 8194 }),
  build(graph, config) {
    config.choice('position_embedding_type', ['rotary'], 'rotary');
    const shape = rotaryShape(config, { epsilon: config.modelType === 'xlm-roberta' ? 1e-12 : 1e-5 });
    const { width, inner, activation } = shape;
    return rotaryBert(graph, {
      shape,
      rope: angles(config, shape.size),
      names: namesIn(graph.weights, NAMES),
      vocabulary: config.size('vocab_size'),
      types: config.size('type_vocab_size', { fallback: 1, min: 0 }),
      feed(rows, layer) {
        const wide = graph.activation(graph.linear(rows, `${layer}.mlp.fc1`, { from: width, to: inner }), activation);
        return graph.linear(wide, `${layer}.mlp.fc2`, { from: inner, to: width });
      },
    });
  },
  attention: ({ task }, config) => adaptedTask(config, task),
};

function angles(config: Config, size: number): Rope {
  if (config.modelType === 'jina_embeddings_v3') return ropeOf(config, { size, theta: 20_000 });
  refuseOdd(config, size);
  return plainRope({ theta: config.number('rotary_emb_base', 10_000), size });
}
