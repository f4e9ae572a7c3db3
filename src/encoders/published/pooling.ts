import { shown } from '../../errors.ts';
import { own } from '../../own.ts';
import { flagOf, moduleConfig, refusal, refuseOtherWords, type ModuleConfig } from './refusal.ts';

/** Poolings of token vectors. `mean-sqrt`: their sum divided by the square root of their number. */
export type PublishedToken = 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'mean-sqrt';

/** Settings of a Pooling module. */
export interface ModulePooling {
  /** At least one; several are concatenated, in this order. */
  readonly poolings: readonly PublishedToken[];
  /** Whether the tokens of a prompt are pooled like those of the text. */
  readonly includePrompt: boolean;
}

/** The newer setting for each pooling (sentence_transformers/sentence_transformer/modules/pooling.py). */
const WORDS: Readonly<Record<string, PublishedToken>> = {
  cls: 'cls',
  max: 'max',
  mean: 'mean',
  mean_sqrt_len_tokens: 'mean-sqrt',
  weightedmean: 'weighted-mean',
  lasttoken: 'last',
};

/** The older flags: several enabled ones are concatenated in this order. */
const FLAGS: Readonly<Record<string, PublishedToken>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean-sqrt',
  pooling_mode_weightedmean_tokens: 'weighted-mean',
  pooling_mode_lasttoken: 'last',
};

/** A Pooling module. Throws FORMAT for an invalid pooling, flag or field. */
export async function modulePooling(folder: string, at: string): Promise<ModulePooling> {
  const config = await moduleConfig(folder, at, 'pooling');
  const known = ['embedding_dimension', 'word_embedding_dimension', 'pooling_mode', 'include_prompt', ...Object.keys(FLAGS)];
  refuseOtherWords(config, known);
  return { poolings: poolingsIn(config), includePrompt: flagOf(config, 'include_prompt', true) };
}

/** The newer setting takes precedence over the older flags; if nothing is enabled, it is the mean. */
function poolingsIn(config: ModuleConfig): PublishedToken[] {
  const { file, values } = config;
  if (!Object.hasOwn(values, 'pooling_mode')) {
    const on = Object.keys(FLAGS).filter((flag) => flagOf(config, flag, false));
    return on.length === 0 ? ['mean'] : on.flatMap((flag) => own(FLAGS, flag) ?? []);
  }
  const words = [values['pooling_mode']].flat() as unknown[];
  const poolings = words.map((word) => (typeof word === 'string' ? own(WORDS, word) : undefined));
  if (poolings.length > 0 && poolings.every((each) => each !== undefined)) return poolings;
  const said = words.map((each) => (typeof each === 'string' ? each : shown(each))).join(' and ') || 'nothing';
  throw refusal(file, `It pools by ${said}, which is not supported.`);
}
