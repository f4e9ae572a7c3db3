import { causalityOf } from './causality.ts';
import { buildDecoder, LLAMA_NAMES } from './decoder.ts';
import { llamaShape, requireEvenHeads } from './decoder-config.ts';
import type { Config } from './config.ts';
import type { Family } from './family.ts';
import type { PreNormShape } from './pre-norm.ts';
import { ropeOf } from './rope.ts';

/** Llama 1 to 3 (Touvron et al. 2023; Grattafiori et al. 2024), and derivatives of the same network. */
export const llama: Family = {
  title: 'Llama',
  types: ['llama'],
  of: ['repllama-v1-7b-lora-passage', 'MicroLlama-text-embedding'],
  ...LLAMA_NAMES,
  endless: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: 2048 }),
  causal: (config) => causalityOf(config).causal,
  notes: (config) => causalityOf(config).note,
  build(graph, config) {
    const shape = biasedShape(config);
    const { causal } = causalityOf(config);
    return buildDecoder(graph, config, { shape, layers: fullLayers(config), sight: () => ({ rope: ropeOf(config, shape), causal }) });
  },
};

/** Sizes if config.json declares which products have a bias. */
export function biasedShape(config: Config, unsaid: Parameters<typeof llamaShape>[1] = {}): PreNormShape {
  const shape = llamaShape(config, unsaid);
  requireEvenHeads(config, shape);
  const bias = config.flag('attention_bias', false);
  return { ...shape, bias: { projections: bias, output: bias, feed: config.flag('mlp_bias', false) } };
}

/** Layers that all attend to the whole text. */
export function fullLayers(config: Config): 'full_attention'[] {
  return Array.from({ length: config.size('num_hidden_layers') }, () => 'full_attention');
}
