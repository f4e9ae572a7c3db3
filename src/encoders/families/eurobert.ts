import { buildDecoder, LLAMA_NAMES, namedPadding } from './decoder.ts';
import type { Family } from './family.ts';
import { biasedShape, fullLayers } from './llama.ts';
import { ropeOf } from './rope.ts';

/** EuroBERT (Boizard et al. 2025): Llama's layers with bidirectional attention. */
export const eurobert: Family = {
  title: 'EuroBERT',
  types: ['eurobert'],
  of: ['EuroBERT-210m', 'jina-embeddings-v5-text-nano'],
  ...LLAMA_NAMES,
  paddingRow: (config) => namedPadding(config, 128_001),
  endless: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: 8192 }),
  build(graph, config) {
    const shape = biasedShape(config, { epsilon: 1e-5 });
    return buildDecoder(graph, config, {
      shape,
      layers: fullLayers(config),
      sight: () => ({ rope: ropeOf(config, shape), causal: false }),
    });
  },
};
