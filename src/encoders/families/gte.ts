import { HarnessError } from '../../errors.ts';
import type { Config } from './config.ts';
import type { Family } from './family.ts';
import { gatedFeed, packedGatedFeed } from './gated-feed.ts';
import { refuseSet } from './refuse-set.ts';
import { plainRope, refuseOdd, ropeOf, type Rope } from './rope.ts';
import { namesIn, rotaryBert, rotaryShape, type RotaryNames } from './rotary-bert.ts';

const NAMES: RotaryNames = {
  embeddingNorm: 'embeddings.LayerNorm',
  layers: 'encoder.layer',
  packed: 'attention.qkv_proj',
  query: 'attention.q_proj',
  key: 'attention.k_proj',
  value: 'attention.v_proj',
  output: 'attention.o_proj',
  attentionNorm: 'attn_ln',
  norm: 'mlp_ln',
};

/** Fields of config.json for which the published code (Alibaba-NLP/new-impl) builds another graph, with their values for no effect. */
const OTHERWISE = {
  position_embedding_type: { plain: ['rope'], what: 'non-rotary positions' },
  layer_norm_type: { plain: ['layer_norm'], what: 'norms other than layer norms' },
  logn_attention_scale: { plain: [false], what: 'attention scores scaled by text length' },
} as const;

/**
 * GTE v1.5 and multilingual (Zhang et al. 2024), snowflake-arctic-embed-m-v2.0: BERT with rotary positions and a gated feed-forward
 * (GeGLU). The `model_type` is `new` in the published code, `gte` in transformers. The second half of the packed products is the gate.
 */
export const gte: Family = {
  title: 'GTE',
  types: ['new', 'gte'],
  of: ['gte-base-en-v1.5', 'gte-multilingual-base', 'snowflake-arctic-embed-m-v2.0'],
  prefixes: ['new.', 'gte.'],
  landmark: 'embeddings.word_embeddings.weight',
  endless: true,
  positions: (config) => config.size('max_position_embeddings', { fallback: config.modelType === 'gte' ? 8192 : 2048 }),
  build(graph, config) {
    refuseSet(config, OTHERWISE);
    const shape = rotaryShape(config, { epsilon: 1e-12 });
    const { width, inner, activation } = shape;
    return rotaryBert(graph, {
      shape,
      rope: config.modelType === 'new' ? publishedRope(config, shape.size) : ropeOf(config, { size: shape.size, theta: 160_000 }),
      names: namesIn(graph.weights, NAMES),
      vocabulary: config.size('vocab_size'),
      types: config.size('type_vocab_size', { fallback: 1, min: 0 }),
      feed(rows, layer) {
        const name = (part: string) => `${layer}.mlp.${part}`;
        const usual = { rows, width, inner, activation, down: name('down_proj') };
        return graph.weights.shapeOf(`${name('gate_proj')}.weight`) === undefined
          ? packedGatedFeed(graph, { ...usual, both: name('up_gate_proj'), gate: 'second' })
          : gatedFeed(graph, { ...usual, gate: name('gate_proj'), up: name('up_proj'), downBias: true, dropped: true });
      },
    });
  },
};

/**
 * The published code's own angles: plain ones, or "ntk", which stretches them at every length: pair i rotates by (theta * factor)^(-2i /
 * size) / factor^(2 / size) per token. Throws FORMAT for other kinds, and for mixed ones.
 */
function publishedRope(config: Config, size: number): Rope {
  if (config.has('rope_parameters')) return ropeOf(config, { size });
  refuseOdd(config, size);
  const theta = config.number('rope_theta', 10_000);
  if (!config.has('rope_scaling')) return plainRope({ theta, size });
  const scaling = config.inside('rope_scaling');
  scaling.choice(scaling.has('rope_type') ? 'rope_type' : 'type', ['ntk']);
  const factor = scaling.number('factor');
  if (factor < 1 || scaling.has('mixed_b')) {
    const key = scaling.has('mixed_b') ? 'mixed_b' : 'factor';
    throw new HarnessError('FORMAT', {
      where: `${scaling.file}.${key}`,
      what: `It is ${String(scaling.values[key])}, which is not supported with rotary positions of type "ntk".`,
      hint: 'Check the checkpoint, or use an ONNX file of the encoder.',
    });
  }
  const { speeds, ...rope } = plainRope({ theta: theta * factor, size });
  return { ...rope, name: `${theta}.ntk`, speeds: speeds.map((speed) => speed / Math.fround(factor ** (2 / size))) };
}
