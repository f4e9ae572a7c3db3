import type { Config } from './config.ts';
import { causalityOf } from './causality.ts';
import { buildDecoder, LLAMA_NAMES } from './decoder.ts';
import { llamaShape } from './decoder-config.ts';
import type { Family } from './family.ts';
import { listedLayerTypes, type LayerType } from './layer-types.ts';
import { ropeOf } from './rope.ts';
import { decoderReach } from './sight.ts';

/**
 * Mistral (Jiang et al. 2023): Llama's layers without biases, with a sliding window unless that is null. A config.json that lists types of
 * layers is treated as Ministral, whatever its `model_type` (transformers, configuration_auto.py).
 */
export const mistral: Family = {
  title: 'Mistral',
  types: ['mistral', 'ministral'],
  of: ['e5-mistral-7b-instruct', 'Linq-Embed-Mistral'],
  ...LLAMA_NAMES,
  endless: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: 131_072 }),
  causal: (config) => causalityOf(config).causal,
  notes: (config) => causalityOf(config).note,
  build(graph, config) {
    const shape = llamaShape(config, { keyHeads: 8 });
    const { causal } = causalityOf(config);
    const sight = (type: LayerType) => ({
      rope: ropeOf(config, shape),
      causal,
      reach: decoderReach(type, { window: windowOf(config), causal, config }),
    });
    return buildDecoder(graph, config, { shape, layers: layerTypes(config), sight });
  },
};

function layerTypes(config: Config): LayerType[] {
  const layers = config.size('num_hidden_layers');
  const all = windowOf(config) === undefined ? 'full_attention' : 'sliding_attention';
  return listedLayerTypes(config, layers) ?? Array.from({ length: layers }, () => all);
}

function windowOf(config: Config): number | undefined {
  return config.values['sliding_window'] === null ? undefined : config.size('sliding_window', { fallback: 4096 });
}
