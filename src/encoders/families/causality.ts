import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';

/** Whether a decoder uses causal attention, with a human-readable note on how that was determined. */
export interface Causality {
  readonly causal: boolean;
  readonly note?: string;
}

/** Code of published repositories with bidirectional attention: gte-Qwen2 and its derivatives, and LLM2Vec. */
const SEES_ALL = /^(?:modeling_qwen\.Qwen2Model|modeling_(?:llama|mistral|qwen2)_encoder\.(?:Llama|Mistral|Qwen2)EncoderModel)$/;
/** Classes of the transformers library: `Qwen3ForCausalLM`, `MistralModel`. Their network is the one built here. */
const KNOWN_CLASS =
  /^(?:Llama|Mi(?:ni)?stral|Qwen[23]|Gemma3(?:Text)?)(?:Model|For(?:CausalLM|SequenceClassification|TokenClassification|QuestionAnswering))$/;
/** Other libraries' fields for `is_causal`. */
const OTHER_WORDS: readonly string[] = [
  'use_bidirectional_attention',
  'bidirectional_attention',
  'bidirectional',
  'is_bidirectional',
  'use_bidirectional',
];

const HINT = 'Set "is_causal" in config.json: true for causal attention, false for bidirectional.';

/**
 * Whether attention is causal: `is_causal` of config.json, which transformers follows since 5.2; by default a decoder is. Embedders made
 * bidirectional often only say so in their own code, which is never run: known code is taken into account, with a note; other code and
 * other classes are rejected (FORMAT). `seesAll`: the family's own field for it.
 */
export function causalityOf(config: Config, { seesAll }: { seesAll?: string } = {}): Causality {
  if (config.has('is_causal')) return { causal: config.flag('is_causal', true) };
  if (seesAll !== undefined && config.has(seesAll)) return { causal: !config.flag(seesAll, false) };
  for (const key of OTHER_WORDS) {
    if (key !== seesAll && config.has(key) && config.values[key] !== false)
      throw unknown(config, key, `It is ${shown(config.values[key])}, which is unknown.`);
  }
  const code = config.inside('auto_map').values['AutoModel'];
  if (typeof code === 'string') {
    const name = code.split('--').at(-1)!;
    if (!SEES_ALL.test(name))
      throw unknown(
        config,
        'auto_map',
        `Its network is custom code, ${shown(code)}, which is not run, and its files do not say whether attention is causal.`,
      );
    return {
      causal: false,
      note: `Custom code ${name} is not run: attention is bidirectional, as in its published version (set "is_causal" in config.json to change this).`,
    };
  }
  const classes = config.values['architectures'];
  const strange = Array.isArray(classes)
    ? (classes.find((each) => typeof each === 'string' && !KNOWN_CLASS.test(each)) as string | undefined)
    : undefined;
  if (strange !== undefined)
    throw unknown(config, 'architectures', `It names ${shown(strange)}, and its files do not say whether attention is causal.`);
  return { causal: true };
}

function unknown({ file }: Config, key: string, what: string): HarnessError {
  return new HarnessError('FORMAT', { where: `${file}: ${key}`, what, hint: HINT });
}
