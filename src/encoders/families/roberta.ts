import { bertShape } from './bert.ts';
import { countedPositions, embeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { postNormLayer } from './layer.ts';

/** RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT's layers, positions counted from after the padding id. */
export const roberta: Family = {
  title: 'RoBERTa, XLM-RoBERTa, CamemBERT',
  types: ['roberta', 'xlm-roberta', 'camembert'],
  of: ['roberta-base', 'all-distilroberta-v1', 'xlm-roberta-base', 'multilingual-e5-base', 'bge-m3', 'granite-embedding'],
  prefixes: ['roberta.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings') - config.size('pad_token_id', { fallback: 1, min: 0 }) - 1,
  build(graph, config) {
    const shape = bertShape(config);
    const { width, epsilon } = shape;
    let rows = graph.within('embeddings', () =>
      embeddings(graph, {
        vocabulary: config.size('vocab_size'),
        width,
        epsilon,
        positions: {
          rows: config.size('max_position_embeddings'),
          at: countedPositions(graph, config.size('pad_token_id', { fallback: 1, min: 0 })),
        },
        types: config.size('type_vocab_size', { fallback: 2 }),
      }),
    );
    const states = [rows];
    for (let layer = 0; layer < shape.layers; layer++) {
      rows = postNormLayer(graph, { rows, name: `encoder.layer.${layer}`, shape });
      states.push(rows);
    }
    return { states, width };
  },
};
