import { HarnessError, shown } from '../../errors.ts';
import { own } from '../../own.ts';
import { Config } from './config.ts';
import type { Family } from './family.ts';
import { gatedFeed } from './gated-feed.ts';
import { refuseSet, type Otherwise } from './refuse-set.ts';
import { ropeIn, ropeOf, type Rope } from './rope.ts';
import { namesIn, PLAIN_NAMES, rotaryBert, rotaryShape, type RotaryNames } from './rotary-bert.ts';
import { ACTIVATIONS, type Activation } from './text-graph.ts';
import type { WeightSource } from './weights.ts';

const NAMES: RotaryNames = {
  embeddingNorm: 'emb_ln',
  layers: 'encoder.layers',
  packed: 'attn.Wqkv',
  query: 'attn.q_proj',
  key: 'attn.k_proj',
  value: 'attn.v_proj',
  output: 'attn.out_proj',
  attentionNorm: 'norm1',
  norm: 'norm2',
};

/** GPT-2's field names, used by the first checkpoints, and the current ones. */
const OLDER = {
  n_embd: 'hidden_size',
  n_head: 'num_attention_heads',
  n_inner: 'intermediate_size',
  n_layer: 'num_hidden_layers',
  layer_norm_epsilon: 'layer_norm_eps',
} as const;

/** Fields of config.json for which the published code (nomic-ai/nomic-bert-2048, nomic-bert-v2-moe) builds another graph. */
const OTHERWISE = {
  prenorm: { plain: [false], what: 'norms before attention and feed-forward' },
  parallel_block: { plain: [false], what: 'parallel attention and feed-forward' },
  causal: { plain: [false], what: 'causal attention' },
  use_rms_norm: { plain: [false], what: 'RMS norms' },
  rotary_emb_fraction: { plain: [1], what: 'partial rotary positions' },
  rotary_emb_interleaved: { plain: [false], what: 'interleaved rotary positions' },
  rotary_emb_scale_base: { plain: [], what: 'xPos scaling' },
  rotary_head_dim: { plain: [false], what: 'rotary positions per head' },
  moe_every_n_layers: { plain: [0, -1], what: 'layers with a mixture of experts' },
} as const;

/** Gated activations of the published code, with the gate's activation. */
const GATES: Readonly<Record<string, Activation>> = { swiglu: 'silu', geglu: 'gelu' };

/**
 * NomicBERT (Nussbaum et al. 2024), CodeRankEmbed: BERT with rotary positions and a gated feed-forward (SwiGLU), mostly without biases.
 * With `rotary_scaling_factor`, texts longer than in training rotate more slowly as a whole.
 */
export const nomicBert: Family = {
  title: 'NomicBERT',
  types: ['nomic_bert'],
  of: ['nomic-embed-text-v1.5', 'CodeRankEmbed'],
  prefixes: ['nomic_bert.', 'bert.'],
  landmark: 'embeddings.word_embeddings.weight',
  endless: true,
  dropout: { hidden: ['hidden_dropout_prob', 'resid_pdrop'], attention: ['attention_probs_dropout_prob', 'attn_pdrop'] },
  positions(config) {
    if (config.has('max_position_embeddings') || !config.has('n_positions'))
      return config.size('max_position_embeddings', { fallback: 2048 });
    // As in the published code.
    return config.number('n_positions') <= 0 ? 2048 : config.size('n_positions');
  },
  build(graph, published) {
    refuseOthers(published);
    const config = today(published);
    const activation = gateOf(config);
    const { weights } = graph;
    refuseTable(published, weights);
    const names = namesIn(weights, NAMES);
    const first = `${names.layers}.0`;
    const parts =
      names === PLAIN_NAMES ? { up: 'up_proj', gate: 'gate_proj', down: 'down_proj' } : { up: 'fc11', gate: 'fc12', down: 'fc2' };
    const shape = rotaryShape(config, { epsilon: names === PLAIN_NAMES ? 1e-12 : 1e-5, activation });
    const { width } = shape;
    // The published code rounds the width between the products up to a multiple of 256.
    const inner = rounded(weights, { name: `${first}.mlp.${parts.up}.weight`, size: shape.inner, multiple: 256 });
    const bias = (key: string, name: string) => config.flag(key, weights.shapeOf(`${first}.${name}.bias`) !== undefined);
    return rotaryBert(graph, {
      shape,
      rope: angles(config, shape.size),
      names,
      vocabulary: rounded(weights, {
        name: 'embeddings.word_embeddings.weight',
        size: config.size('vocab_size'),
        multiple: config.size('pad_vocab_size_multiple', { fallback: 1 }),
      }),
      types: config.size('type_vocab_size', { fallback: 2, min: 0 }),
      bias: bias('qkv_proj_bias', names.output),
      feed(rows, layer) {
        const [up, gate, down] = [parts.up, parts.gate, parts.down].map((part) => `${layer}.mlp.${part}`) as [string, string, string];
        const biases = { bias: bias('mlp_fc1_bias', `mlp.${parts.up}`), downBias: bias('mlp_fc2_bias', `mlp.${parts.down}`) };
        return gatedFeed(graph, { rows, width, inner, activation, up, gate, down, ...biases });
      },
    });
  },
};

function refuseOthers(config: Config): void {
  const heads = config.has('num_attention_heads') ? config.values['num_attention_heads'] : config.values['n_head'];
  const groups = { num_heads_kv: { plain: [heads], what: 'grouped-query attention' } };
  const experts: Otherwise = config.has('moe_every_n_layers')
    ? {}
    : { num_experts: { plain: [0, 1], what: 'layers with a mixture of experts' } };
  refuseSet(config, { ...OTHERWISE, ...groups, ...experts });
}

const TABLE = 'embeddings.position_embeddings.weight';

/** Throws FORMAT for position embeddings, the published code's default if rotary_emb_fraction is missing. */
function refuseTable({ file }: Config, weights: WeightSource): void {
  if (weights.shapeOf(TABLE) === undefined) return;
  throw new HarnessError('FORMAT', {
    where: file,
    what: `The weights have "${TABLE}": NomicBERT with learned positions is not supported.`,
    hint: 'Use an ONNX file of the encoder.',
  });
}

/** The configuration with current field names. Throws FORMAT if an old and a current field both exist and differ. */
function today(config: Config): Config {
  const values: Record<string, unknown> = { ...config.values };
  for (const [older, usual] of Object.entries(OLDER)) {
    if (!config.has(older)) continue;
    if (config.has(usual) && config.values[usual] !== config.values[older]) throw differing(config, older, usual);
    values[usual] = config.values[older];
  }
  return new Config(config.file, values);
}

/** The gate's activation. Throws FORMAT for a feed-forward without a gate. */
function gateOf(config: Config): Activation {
  if (!config.has('activation_function')) return config.choice('hidden_act', ACTIVATIONS, 'silu');
  const gate = own(GATES, config.choice('activation_function', Object.keys(GATES)))!;
  if (config.has('hidden_act') && config.choice('hidden_act', ACTIVATIONS) !== gate)
    throw differing(config, 'activation_function', 'hidden_act');
  return gate;
}

/** The angles in transformers' fields if there are any, else in those of the published code. */
function angles(config: Config, size: number): Rope {
  const theta = 'rotary_emb_base';
  const factor = config.number('rotary_scaling_factor', 0);
  const said = ['rope_parameters', 'rope_scaling'].find((key) => config.has(key));
  if (said === undefined) {
    // GPT-2's field names mean the published code, which has another default base.
    const usual = config.has('n_embd') ? 10_000 : 1000;
    const words = {
      rope_theta: config.number(theta, config.number('rope_theta', usual)),
      ...(factor === 0 ? {} : { rope_type: 'dynamic', factor }),
    };
    const from = { max_position_embeddings: config.size('max_trained_positions', { fallback: 2048 }) };
    return ropeIn(new Config(config.file, { ...config.values, ...from }), new Config(config.file, words), { size });
  }
  const rope = config.inside(said);
  if (config.has(theta) && rope.has('rope_theta') && config.number(theta) !== rope.number('rope_theta'))
    throw differing(config, theta, said);
  if (factor !== 0 && rope.values['factor'] !== factor) throw differing(config, 'rotary_scaling_factor', said);
  return ropeOf(config, { size, theta: config.number(theta, 1000) });
}

interface Rounded {
  /** A weight with this many rows. */
  readonly name: string;
  readonly size: number;
  readonly multiple: number;
}

/** The size that a weight has: as in config.json, or rounded up, as in the published code without mention in the configuration. */
function rounded(weights: WeightSource, { name, size, multiple }: Rounded): number {
  const up = Math.ceil(size / multiple) * multiple;
  return weights.shapeOf(name)?.[0] === up ? up : size;
}

function differing(config: Config, key: string, other: string): HarnessError {
  return new HarnessError('FORMAT', {
    where: `${config.file}: ${key}`,
    what: `It is ${shown(config.values[key])}, but ${other} is ${shown(config.values[other])}.`,
    hint: 'Check the checkpoint: they mean the same.',
  });
}
