import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';
import type { PreNormShape } from './pre-norm.ts';
import { ACTIVATIONS } from './text-graph.ts';

/** Defaults of a family's own code for missing fields. */
export interface Unsaid {
  /** Default number of heads of keys and values; if omitted or null: all heads. */
  readonly keyHeads?: number;
  /** Default width of a head; if omitted: the width divided by the number of heads. */
  readonly size?: number;
  readonly epsilon?: number;
}

/** Sizes of a layer from Llama's fields in config.json; a family overrides what differs. Throws FORMAT, naming the field. */
export function llamaShape(config: Config, { keyHeads: unsaidHeads, size: unsaidSize, epsilon = 1e-6 }: Unsaid = {}): PreNormShape {
  refuseForeign(config);
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  const missing = config.values['num_key_value_heads'] === undefined;
  const keyHeads = config.size('num_key_value_heads', { fallback: (missing ? unsaidHeads : undefined) ?? heads });
  if (heads % keyHeads !== 0) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: num_key_value_heads`,
      what: `${heads} query heads are not divisible by ${keyHeads} key-value heads.`,
      hint: 'Check the checkpoint.',
    });
  }
  return {
    width,
    heads,
    keyHeads,
    size: headWidth(config, unsaidSize ?? Math.floor(width / heads)),
    inner: config.size('intermediate_size'),
    activation: config.choice('hidden_act', ACTIVATIONS, 'silu'),
    norm: { epsilon: config.number('rms_norm_eps', epsilon), offset: 0 },
    bias: { projections: false, output: false, feed: false },
    headNorms: false,
    outputNorms: false,
  };
}

/** Rotary positions rotate pairs of columns. */
function headWidth(config: Config, fallback: number): number {
  const size = config.size('head_dim', { fallback });
  if (size % 2 === 0) return size;
  throw new HarnessError('FORMAT', {
    where: `${config.file}: head_dim`,
    what: `Head size ${size} is odd; rotary positions need an even size.`,
    hint: 'Check the checkpoint.',
  });
}

/** Throws FORMAT if the width is not divisible by the number of heads: the reference of some families rejects such a config.json. */
export function requireEvenHeads({ file }: Config, { width, heads }: PreNormShape): void {
  if (width % heads === 0) return;
  throw new HarnessError('FORMAT', {
    where: file,
    what: `Width ${width} is not divisible by ${heads} heads.`,
    hint: 'Check the checkpoint.',
  });
}

/** Fields that only networks of another design have, with descriptions. A value that disables them is accepted. */
const FOREIGN: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  {
    keys: [
      'num_experts',
      'num_local_experts',
      'n_routed_experts',
      'n_shared_experts',
      'num_experts_per_tok',
      'moe_intermediate_size',
      'moe_layers',
    ],
    what: 'a mixture of experts',
  },
  { keys: ['attn_logit_softcapping', 'attn_logit_softcap'], what: 'attention logit soft-capping' },
  { keys: ['kv_lora_rank', 'q_lora_rank'], what: 'latent attention' },
  { keys: ['no_rope_layers', 'no_rope_layer_interval', 'nope_layer_interval'], what: 'layers without positions' },
  {
    keys: ['attention_sinks', 'attn_output_gate', 'attention_chunk_size', 'clip_qkv', 'attn_temperature_tuning'],
    what: 'another kind of attention',
  },
  { keys: ['hidden_size_per_layer_input', 'num_kv_shared_layers', 'altup_num_inputs', 'laurel_rank'], what: 'another kind of layer' },
  { keys: ['parallel_attn', 'use_parallel_residual'], what: 'parallel attention and feed-forward' },
  { keys: ['cross_attention_layers', 'add_cross_attention'], what: 'cross-attention' },
];

/** The same for numeric factors, which 1 disables. */
const FACTORS: readonly string[] = [
  'embedding_multiplier',
  'residual_multiplier',
  'attention_multiplier',
  'attention_scale',
  'scale_emb',
  'scale_depth',
];

/** Throws FORMAT for fields of networks of another design: mixtures of experts, score capping, latent attention and others. */
function refuseForeign({ file, values }: Config): void {
  const refuse = (key: string, what: string): never => {
    throw new HarnessError('FORMAT', {
      where: `${file}: ${key}`,
      what: `It is ${shown(values[key])}, which means ${what}: not supported.`,
      hint: 'Use an ONNX file of the encoder.',
    });
  };
  for (const { keys, what } of FOREIGN) for (const key of keys) if (!isOff(values[key])) refuse(key, what);
  for (const key of FACTORS) if (!isOff(values[key]) && values[key] !== 1) refuse(key, 'weighted residual sums');
}

function isOff(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === 0 || (Array.isArray(value) && value.length === 0);
}
