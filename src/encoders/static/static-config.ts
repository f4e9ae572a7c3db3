import path from 'node:path';
import { shown } from '../../errors.ts';
import { Config } from '../families/config.ts';
import { readJsonObject } from '../json-file.ts';

/** Fields of a static encoder's config.json that document how it was made, or are redundant with its weights. */
const KNOWN: ReadonlySet<string> = new Set([
  'model_type',
  'architectures',
  'normalize',
  'max_length',
  'tokenizer_name',
  'apply_pca',
  'apply_zipf',
  'sif_coefficient',
  'hidden_dim',
  'seq_length',
  'pooling',
  'embedding_dtype',
  'vocabulary_quantization',
  'explained_variance',
  'base_model_name',
  'language',
  'license',
  '_name_or_path',
  'name_or_path',
  'transformers_version',
  'torch_dtype',
  'dtype',
  'library_name',
  'pipeline_tag',
  'tags',
  // Of our own exports.
  'vocab_size',
  'hidden_size',
  // Of a classifier that we saved: its classes, which the encoder does not use.
  'id2label',
  'label2id',
  'num_labels',
  'problem_type',
]);

/** Settings in config.json of a static encoder. */
export interface StaticConfig {
  readonly config: Config;
  /** model2vec: vectors are normalised to length 1. */
  readonly normalize: boolean;
  /** model2vec: maximum length in tokens; undefined for none. */
  readonly maxLength: number | undefined;
  /** Number of vectors that the tokens share. */
  readonly clusters: number | undefined;
  /** Human-readable notes, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads the config.json of a static encoder; without it, everything is at its default (sentence-transformers writes none). Throws FORMAT
 * for an invalid field.
 */
export async function readStaticConfig(folder: string): Promise<StaticConfig> {
  const file = path.join(folder, 'config.json');
  const values = (await readJsonObject(file)) ?? {};
  const config = new Config(file, values);
  const normalize = config.flag('normalize', false);
  const maxLength = config.has('max_length') ? config.size('max_length') : undefined;
  const clusters = config.has('vocabulary_quantization') ? config.size('vocabulary_quantization') : undefined;
  return { config, normalize, maxLength, clusters, notes: notesOf(values) };
}

function notesOf(values: Readonly<Record<string, unknown>>): string[] {
  const strange = Object.keys(values).filter((key) => key !== 'head_config' && !KNOWN.has(key) && values[key] !== null);
  const head =
    values['head_config'] === undefined
      ? []
      : ['The classification head in its config.json (head_config) is not part of the encoder: ignored.'];
  if (strange.length === 0) return head;
  return [...head, `Unsupported and ignored: ${strange.map((key) => `${key} ${shown(values[key])}`).join(', ')} of its config.json.`];
}

/** A configuration that contains the sizes of the table for a family, without the original file's name. */
export function withTable({ file, values }: Config, { rows, width }: { readonly rows: number; readonly width: number }): Config {
  const { vocabulary_quantization: _shared, embedding_dtype: _stored, ...others } = values;
  return new Config(file, { ...others, model_type: 'model2vec', vocab_size: rows, hidden_size: width });
}
