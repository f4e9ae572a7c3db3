import type { Config } from './config.ts';
import { causalityOf } from './causality.ts';
import { buildDecoder, LLAMA_NAMES } from './decoder.ts';
import { llamaShape } from './decoder-config.ts';
import type { Family, FamilyTitle } from './family.ts';
import { listedLayerTypes, type LayerType } from './layer-types.ts';
import type { PreNormShape } from './pre-norm.ts';
import { ropeOf } from './rope.ts';
import { decoderReach } from './sight.ts';

/** Qwen 2 and 2.5 (Yang et al. 2024): Llama's layers, with biases of queries, keys and values; a window only if configured. */
export const qwen2: Family = qwen(
  { title: 'Qwen2', type: 'qwen2', of: ['gte-Qwen2-1.5B-instruct', 'KaLM-embedding-multilingual-mini-instruct-v1.5'] },
  (config) => {
    const shape = llamaShape(config, { keyHeads: 32 });
    return { ...shape, bias: { projections: true, output: false, feed: false } };
  },
);

/** A family of Qwen's whose layers have the shape that `shapeOf` reads. */
export function qwen(
  { title, type, of }: Pick<FamilyTitle, 'title' | 'of'> & { readonly type: string },
  shapeOf: (config: Config) => PreNormShape,
): Family {
  return {
    title,
    types: [type],
    of,
    ...LLAMA_NAMES,
    endless: true,
    positions: (config) => config.size('max_position_embeddings', { fallback: 32_768 }),
    causal: (config) => causalityOf(config).causal,
    notes: (config) => causalityOf(config).note,
    build(graph, config) {
      const shape = shapeOf(config);
      const { causal } = causalityOf(config);
      const window = config.flag('use_sliding_window', false) ? windowOf(config) : undefined;
      const sight = (each: LayerType) => ({ rope: ropeOf(config, shape), causal, reach: decoderReach(each, { window, causal, config }) });
      return buildDecoder(graph, config, { shape, layers: layerTypes(config, window), sight });
    },
  };
}

/** Type of each layer: `layer_types`, or, in older files, a window from a certain layer on. */
function layerTypes(config: Config, window: number | undefined): LayerType[] {
  const layers = config.size('num_hidden_layers');
  const from = window === undefined ? layers : config.size('max_window_layers', { fallback: 28, min: 0 });
  return (
    listedLayerTypes(config, layers) ??
    Array.from({ length: layers }, (_, layer) => (layer >= from ? 'sliding_attention' : 'full_attention'))
  );
}

function windowOf(config: Config): number | undefined {
  return config.values['sliding_window'] === null ? undefined : config.size('sliding_window', { fallback: 4096 });
}
