import { HarnessError, shown } from '../../errors.ts';
import { causalityOf } from './causality.ts';
import { Config } from './config.ts';
import { buildDecoder, LLAMA_NAMES, namedPadding } from './decoder.ts';
import { llamaShape, requireEvenHeads } from './decoder-config.ts';
import type { Family } from './family.ts';
import { listedLayerTypes, ropeByLayerType, type LayerType } from './layer-types.ts';
import { ropeIn, type Rope } from './rope.ts';
import { ACTIVATIONS } from './text-graph.ts';

/** The family's field for bidirectional attention. */
const SEES_ALL = 'use_bidirectional_attention';

/**
 * The text part of Gemma 3 (Gemma Team 2025) and EmbeddingGemma (Vera et al. 2025): embeddings times √width, norms whose weights are stored
 * minus 1, four of them per layer, queries and keys normalised per head; most layers use a window, each n-th the whole text, with separate
 * angles.
 */
export const gemma3: Family = {
  title: 'Gemma 3, EmbeddingGemma',
  types: ['gemma3_text'],
  of: ['embeddinggemma-300m'],
  ...LLAMA_NAMES,
  paddingRow: (config) => namedPadding(config, 0),
  endless: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: 131_072 }),
  causal: isCausal,
  notes: (config) => causalityOf(config, { seesAll: SEES_ALL }).note,
  build(graph, config) {
    const plain = llamaShape(config, { keyHeads: 4, size: 256 });
    requireEvenHeads(config, plain);
    const bias = config.flag('attention_bias', false);
    const shape = {
      ...plain,
      activation: config.choice('hidden_activation', ACTIVATIONS, 'gelu_pytorch_tanh'),
      norm: { ...plain.norm, offset: 1 },
      bias: { projections: bias, output: bias, feed: false },
      headNorms: true,
      outputNorms: true,
    };
    return buildDecoder(graph, config, {
      shape,
      layers: layerTypes(config),
      // The reference keeps it as float32.
      embeddingScale: Math.fround(Math.sqrt(shape.width)),
      scale: 1 / Math.sqrt(config.number('query_pre_attn_scalar', 256)),
      sight: (type) => ({ rope: ropeOf(config, type, shape), ...reachOf(config, type) }),
    });
  },
};

/** Two fields may make attention bidirectional, and each defines another window for the same number (transformers, modeling_gemma3.py). */
function reachOf(config: Config, type: LayerType): { causal: boolean; reach?: number } {
  const causal = isCausal(config);
  if (type === 'full_attention') return { causal };
  const window = config.size('sliding_window', { fallback: 4096 });
  const reach = config.flag(SEES_ALL, false) ? Math.floor(window / 2) + 1 : window;
  const saidToSeeAll = config.has('is_causal') && !causalityOf(config, { seesAll: SEES_ALL }).causal;
  return { causal, reach: saidToSeeAll ? reach : reach - 1 };
}

function isCausal(config: Config): boolean {
  return causalityOf(config, { seesAll: SEES_ALL }).causal && !config.flag(SEES_ALL, false);
}

/** Type of each layer: `layer_types`, or, in older files, the whole text in each n-th layer. */
function layerTypes(config: Config): LayerType[] {
  const layers = config.size('num_hidden_layers');
  const listed = listedLayerTypes(config, layers);
  if (listed !== undefined) return listed;
  const every = config.size('sliding_window_pattern', { fallback: 6 });
  // The reference writes it under this name, but does not read it.
  if (!config.has('sliding_window_pattern') && config.has('_sliding_window_pattern') && config.size('_sliding_window_pattern') !== every) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: _sliding_window_pattern`,
      what: `It is ${shown(config.values['_sliding_window_pattern'])}, and layer_types is missing; the reference then uses ${every}.`,
      hint: 'Write layer_types, or sliding_window_pattern, into config.json.',
    });
  }
  return Array.from({ length: layers }, (_, layer) => ((layer + 1) % every === 0 ? 'full_attention' : 'sliding_attention'));
}

/** Angles of a type of layer: in `rope_parameters`, or, in older files, in separate fields. */
function ropeOf(config: Config, type: LayerType, { size }: { size: number }): Rope {
  const both = ropeByLayerType(config);
  const whole = type === 'full_attention';
  const given = both.inside(type);
  const theta = whole ? config.number('rope_theta', 1_000_000) : config.number('rope_local_base_freq', 10_000);
  const scaling = whole ? config.inside('rope_scaling').values : {};
  // With separate fields per type of layer the reference ignores `truncate`.
  const words = { rope_type: 'default', rope_theta: theta, ...withoutNull(given.values), ...scaling, truncate: undefined };
  const file = Object.keys(scaling).length > 0 ? `${config.file}: rope_scaling` : given.file;
  return ropeIn(config, new Config(file, words), { size });
}

function withoutNull(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
