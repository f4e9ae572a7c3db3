import { STATIC_TABLE } from '../static/static-tensors.ts';
import type { Family } from './family.ts';

/**
 * Static encoders: only a table of token vectors, so one hidden state, and no length limit. StaticEmbedding of sentence-transformers, and
 * model2vec (Tulkens and van Dongen 2024). See `encoders/static` for their folders, in which sizes are those of the table.
 */
export const staticTable: Family = {
  title: 'Static embeddings, model2vec',
  types: ['model2vec'],
  of: ['potion-base-8M', 'potion-multilingual-128M', 'static-retrieval-mrl-en-v1'],
  prefixes: [],
  landmark: STATIC_TABLE,
  positions: () => Infinity,
  paddingRow: () => undefined,
  build(graph, config) {
    const width = config.size('hidden_size');
    const vectors = graph.lookUp(graph.tokenwise(graph.ids), STATIC_TABLE, { rows: config.size('vocab_size'), width });
    return { states: [vectors], width, sequences: true };
  },
};
