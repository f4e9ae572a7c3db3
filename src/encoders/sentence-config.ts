import path from 'node:path';
import { HarnessError, shown } from '../errors.ts';
import { readJsonObject } from './json-file.ts';

/** File names of sentence-transformers' configuration of its transformer; the first with any content is used. */
export const SENTENCE_CONFIGS = [
  'sentence_bert_config.json',
  'sentence_roberta_config.json',
  'sentence_distilbert_config.json',
  'sentence_camembert_config.json',
  'sentence_albert_config.json',
  'sentence_xlm-roberta_config.json',
  'sentence_xlnet_config.json',
] as const;

/** How a sentence encoder uses its transformer. */
export interface SentenceConfig {
  /** File name; that of the first if there is none. */
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Throws FORMAT if the file is not JSON. */
export async function readSentenceConfig(folder: string): Promise<SentenceConfig> {
  for (const file of SENTENCE_CONFIGS) {
    const values = await readJsonObject(path.join(folder, file));
    if (values !== undefined && Object.keys(values).length > 0) return { file, values };
  }
  return { file: SENTENCE_CONFIGS[0], values: {} };
}

/** Arguments of the network's configuration or weights that do not change any number. */
const HARMLESS: ReadonlySet<string> = new Set([
  'attn_implementation',
  'cache_dir',
  'code_revision',
  'device_map',
  'dtype',
  'force_download',
  'local_files_only',
  'low_cpu_mem_usage',
  'output_attentions',
  'output_hidden_states',
  'proxies',
  'return_dict',
  'revision',
  'safe_serialization',
  'subfolder',
  'token',
  'torch_dtype',
  'trust_remote_code',
  'use_auth_token',
  'use_cache',
  'use_safetensors',
  'unpad_inputs',
  'variant',
]);

/** Fields with arguments of the network. */
const NETWORK_ARGUMENTS = ['config_kwargs', 'config_args', 'model_kwargs', 'model_args'] as const;

/** Fields that are supported, rejected by their value, or irrelevant for a text's tokens and vectors. */
const KNOWN: ReadonlySet<string> = new Set([
  ...NETWORK_ARGUMENTS,
  'tokenizer_args',
  'processor_kwargs',
  'processing_kwargs',
  'max_seq_length',
  'do_lower_case',
  'transformer_task',
  'modality_config',
  'module_output_name',
  'query_length',
  'document_length',
  'query_expansion',
  'unpad_inputs',
  'backend',
]);

/** Makes sure that no setting of a sentence encoder that changes its texts or its network is ignored. Throws FORMAT, naming the field. */
export async function checkSentenceConfig(folder: string): Promise<void> {
  const { file, values } = await readSentenceConfig(folder);
  const refuse = (key: string, what: string) =>
    new HarnessError('FORMAT', { where: `${path.join(folder, file)}: ${key}`, what, hint: 'Remove it to use the encoder without it.' });
  // The reference throws an error for an unknown field; `tokenizer_name_or_path` refers to another place.
  const strange = Object.keys(values).find((key) => !KNOWN.has(key) && values[key] !== null);
  if (strange !== undefined) throw refuse(strange, `It is ${shown(values[strange])}, which is not supported.`);
  for (const key of NETWORK_ARGUMENTS) {
    const given = values[key] ?? {};
    if (typeof given !== 'object' || Array.isArray(given)) throw refuse(key, `Expected an object, got ${shown(given)}.`);
    for (const [name, value] of Object.entries(given as object)) {
      if (!HARMLESS.has(name)) {
        throw refuse(`${key}.${name}`, `It sets ${shown(name)} to ${shown(value)} in the network, which is not supported.`);
      }
    }
  }
  const processing = (values['processing_kwargs'] ?? {}) as Readonly<Record<string, unknown>>;
  for (const key of ['text', 'common']) {
    for (const name of Object.keys((processing[key] ?? {}) as object)) {
      if (!PROCESSING.has(name)) {
        throw refuse(`processing_kwargs.${key}.${name}`, 'It changes tokenisation, which is not supported.');
      }
    }
  }
}

/** Fields about texts that do not change any ids. */
const PROCESSING: ReadonlySet<string> = new Set([
  'padding',
  'padding_side',
  'pad_to_multiple_of',
  'return_tensors',
  'return_attention_mask',
  'return_token_type_ids',
]);
