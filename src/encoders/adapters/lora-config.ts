import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, reason, shown } from '../../errors.ts';

/** The settings in a peft adapter_config.json of a LoRA adapter (Hu et al. 2021) that determine weights. */
export interface LoraConfig {
  /** Path of the file, for messages. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
  readonly dora: boolean;
  /** Rows whose embeddings were trained, by table name; under '' for the token table. */
  readonly tokenRows: ReadonlyMap<string, readonly number[]>;
  /** Rank of a module. */
  rank(module: string): number;
  /** Scaling of the product of a module's two matrices. */
  scaling(module: string): number;
  /** Whether the adapter may change a module. */
  targets(module: string): boolean;
}

/** Keys that do not affect the weights, or repeat what the tensors' names show. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'peft_type',
  'auto_mapping',
  'base_model_name_or_path',
  'revision',
  'inference_mode',
  'lora_dropout',
  'peft_version',
  'task_type',
  'megatron_core',
  'megatron_config',
  'modules_to_save',
  'exclude_modules',
  'layers_pattern',
  'bias',
  'lora_bias',
  'runtime_config',
  'ensure_weight_tying',
  'merge_weights',
  'qalora_group_size',
  'loftq_config',
  'eva_config',
  'corda_config',
  'lora_ga_config',
  // peft itself resets it if the module is a linear layer, as in all of these encoders.
  'fan_in_fan_out',
]);
const READ: ReadonlySet<string> = new Set([
  'r',
  'lora_alpha',
  'rank_pattern',
  'alpha_pattern',
  'use_rslora',
  'use_dora',
  'init_lora_weights',
  'target_modules',
  'layers_to_transform',
  'trainable_token_indices',
]);
/**
 * Initialisations that leave the base unchanged. Others (pissa, olora, corda, loftq, lora_ga) change it, and the adapter belongs to the
 * changed base.
 */
const PLAIN_BEGINNINGS: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal'];

const HINT = 'Merge the adapter with peft (merge_and_unload) and save the whole encoder.';

/**
 * Throws FORMAT for an unreadable file, another method than LoRA, and any setting that would give other weights than those computed here.
 */
export async function readLoraConfig(file: string): Promise<LoraConfig> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new HarnessError(
      'SOURCE',
      { where: file, what: `The adapter's configuration cannot be read (${reason(error)}).` },
      { cause: error },
    );
  });
  const values = parsed(file, text);
  const wrong = (key: string, want: string) =>
    new HarnessError('FORMAT', {
      where: `${file}: ${key}`,
      what: `Expected ${want}, got ${shown(values[key])}.`,
      hint: 'Check the adapter.',
    });
  if (values['peft_type'] === undefined) {
    throw new HarnessError('FORMAT', {
      where: file,
      what: 'It has no peft_type: only LoRA adapters of the library peft are supported.',
      hint: HINT,
    });
  }
  if (values['peft_type'] !== 'LORA') {
    throw new HarnessError('FORMAT', {
      where: `${file}: peft_type`,
      what: `Adapters of type ${shown(values['peft_type'])} cannot be merged; only LORA can.`,
      hint: HINT,
    });
  }
  for (const [key, value] of Object.entries(values)) {
    const known = READ.has(key) || WITHOUT_EFFECT.has(key) || isEmpty(value);
    if (!known) {
      throw new HarnessError('FORMAT', { where: `${file}: ${key}`, what: `It is ${shown(value)}, which cannot be merged.`, hint: HINT });
    }
  }
  if (!PLAIN_BEGINNINGS.includes(values['init_lora_weights'])) {
    throw new HarnessError('FORMAT', {
      where: `${file}: init_lora_weights`,
      what: `It is ${shown(values['init_lora_weights'])}: such an adapter needs base weights other than the published ones.`,
      hint: HINT,
    });
  }
  const flag = (key: string): boolean => {
    const value = values[key] ?? false;
    if (typeof value !== 'boolean') throw wrong(key, 'true or false');
    return value;
  };
  const rank = pattern(values, {
    key: 'rank_pattern',
    fallback: positive(values['r'] ?? 8, () => wrong('r', 'a whole number above 0'), true),
    wrong,
  });
  const alpha = pattern(values, {
    key: 'alpha_pattern',
    fallback: positive(values['lora_alpha'] ?? 8, () => wrong('lora_alpha', 'a number above 0'), false),
    wrong,
  });
  const root = flag('use_rslora');
  return {
    file,
    text,
    rank,
    dora: flag('use_dora'),
    tokenRows: tokenRows(values['trainable_token_indices'], wrong),
    scaling: (module) => alpha(module) / (root ? Math.sqrt(rank(module)) : rank(module)),
    targets: targets(values, wrong),
  };
}

type Wrong = (key: string, want: string) => HarnessError;

function parsed(file: string, text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HarnessError(
      'FORMAT',
      { where: file, what: `This is not JSON (${reason(error)}).`, hint: 'Download the adapter again.' },
      { cause: error },
    );
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HarnessError('FORMAT', { where: file, what: 'This is not an adapter configuration.', hint: 'Download the adapter again.' });
  }
  return json as Record<string, unknown>;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

function positive(value: unknown, wrong: () => HarnessError, whole: boolean): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0 && (!whole || Number.isInteger(value))) return value;
  throw wrong();
}

/** A number per module: that of the first key that the module's name ends with (as in peft's `get_pattern_key`), else the default. */
function pattern(
  values: Readonly<Record<string, unknown>>,
  { key, fallback, wrong }: { key: string; fallback: number; wrong: Wrong },
): (module: string) => number {
  const entries = Object.entries((values[key] ?? {}) as Record<string, unknown>).map(([name, value]) => {
    // A key is a regular expression in peft; anything beyond a name is rejected.
    if (!/^\^?[\w.]+$/.test(name)) throw wrong(key, 'names of modules');
    return {
      name: name.replace('^', ''),
      whole: name.startsWith('^'),
      value: positive(value, () => wrong(key, 'numbers above 0'), key === 'rank_pattern'),
    };
  });
  return (module) => entries.find(({ name, whole }) => module === name || (!whole && module.endsWith(`.${name}`)))?.value ?? fallback;
}

/**
 * Matches a list of names, and of layers; a regular expression is not evaluated: the adapter's own tensors show which modules it matched.
 */
function targets(values: Readonly<Record<string, unknown>>, wrong: Wrong): LoraConfig['targets'] {
  const { target_modules: modules, layers_to_transform: wanted } = values;
  const words: unknown = modules ?? 'all-linear';
  if (typeof words !== 'string' && !(Array.isArray(words) && words.every((word) => typeof word === 'string'))) {
    throw wrong('target_modules', 'a list of names');
  }
  const layers = wanted === null || wanted === undefined ? undefined : [wanted].flat();
  if (layers?.every((layer) => typeof layer === 'number') === false) throw wrong('layers_to_transform', 'a list of layers');
  return (module) => {
    const layer = /\.(\d+)\./.exec(module)?.[1];
    if (layers !== undefined && layer !== undefined && !layers.includes(Number(layer))) return false;
    return typeof words === 'string' || words.some((word: string) => module === word || module.endsWith(`.${word}`));
  };
}

function tokenRows(value: unknown, wrong: Wrong): LoraConfig['tokenRows'] {
  if (value === null || value === undefined) return new Map();
  const lists = Array.isArray(value) ? { '': value as unknown[] } : (value as Record<string, unknown>);
  return new Map(
    Object.entries(lists).map(([table, rows]) => {
      if (!Array.isArray(rows) || !rows.every((row) => Number.isSafeInteger(row) && (row as number) >= 0)) {
        throw wrong('trainable_token_indices', 'lists of ids');
      }
      return [table, rows as number[]];
    }),
  );
}

/** The base encoder named by an adapter. */
export function baseOf(folder: string, text: string): { readonly name: string; readonly revision: string | undefined } {
  const file = path.join(folder, 'adapter_config.json');
  const { base_model_name_or_path: name, revision } = parsed(file, text);
  if (typeof name !== 'string' || name === '') {
    throw new HarnessError('FORMAT', {
      where: `${file}: base_model_name_or_path`,
      what: 'It names no base encoder, and its folder has no weights.',
      hint: 'Put config.json and the weights of the base encoder into its folder.',
    });
  }
  return { name, revision: typeof revision === 'string' ? revision : undefined };
}
