import { bertShape } from './bert.ts';
import { countedPositions, embeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { BERT_NAMES, postNormLayer, type LayerNames } from './layer.ts';
import { bucketedDistances, distanceBias } from './relative-positions.ts';

/** Constants of the reference's code, whatever config.json says. */
const PAD_ID = 1;
const BUCKETS = 32;
const MAX_DISTANCE = 128;

const NAMES: LayerNames = {
  ...BERT_NAMES,
  query: 'attention.attn.q',
  key: 'attention.attn.k',
  value: 'attention.attn.v',
  output: 'attention.attn.o',
  attentionNorm: 'attention.LayerNorm',
};

/** MPNet (Song et al. 2020): RoBERTa's positions, no token types, and relative position biases. */
export const mpnet: Family = {
  title: 'MPNet',
  types: ['mpnet'],
  of: ['all-mpnet-base-v2', 'paraphrase-mpnet-base-v2', 'multi-qa-mpnet-base-dot-v1'],
  prefixes: ['mpnet.'],
  landmark: 'encoder.relative_attention_bias.weight',
  positions: (config) => config.size('max_position_embeddings') - PAD_ID - 1,
  build(graph, config) {
    const shape = bertShape(config);
    const { width, heads, size, epsilon } = shape;
    let rows = graph.within('embeddings', () =>
      embeddings(graph, {
        vocabulary: config.size('vocab_size'),
        width,
        epsilon,
        positions: { rows: config.size('max_position_embeddings'), at: countedPositions(graph, PAD_ID) },
        types: 0,
      }),
    );
    // Rows beyond the number of buckets are never used.
    const bias = graph.within('distances', () =>
      distanceBias(graph, {
        distances: bucketedDistances(graph, { buckets: BUCKETS, maxDistance: MAX_DISTANCE }),
        name: 'encoder.relative_attention_bias.weight',
        rows: config.size('relative_attention_num_buckets', { fallback: BUCKETS, min: BUCKETS }),
        heads,
      }),
    );
    const states = [rows];
    for (let layer = 0; layer < shape.layers; layer++) {
      rows = postNormLayer(graph, {
        rows,
        name: `encoder.layer.${layer}`,
        names: NAMES,
        shape,
        attend: (projected) => graph.attention({ ...projected, heads, size, bias }),
      });
      states.push(rows);
    }
    return { states, width };
  },
};
