import type { Dtype } from '../registry/schema.ts';

/** Files that an encoder's folder may contain in addition to graph or weights; the small ones are downloaded if a repository has them. */
const SIDECARS: ReadonlySet<string> = new Set([
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'spm.model',
  'sentencepiece.bpe.model',
  'sentence_bert_config.json',
  'sentence_roberta_config.json',
  'sentence_distilbert_config.json',
  'sentence_camembert_config.json',
  'sentence_albert_config.json',
  'sentence_xlm-roberta_config.json',
  'sentence_xlnet_config.json',
  'config_sentence_transformers.json',
  'modules.json',
  'adapter_config.json',
]);

/** `1_Pooling/config.json`, `2_Dense_1024/config.json`: modules of sentence-transformers after the encoder. */
const MODULE_CONFIG = /^\d+_\w+\/config\.json$/;

/** Supported modules with weights: `2_Dense/`; stella has one for each number of dimensions, `2_Dense_1024/`. */
const WEIGHTED_MODULE = /^(?:\d+_)?(?:Dense|LayerNorm)(?:_\w+)?\/$/;
/** Their weights, the preferred file first. */
export const MODULE_WEIGHTS: readonly string[] = ['model.safetensors', 'pytorch_model.bin'];

/** An adapter in a folder, one of several (`retrieval_query/`), or next to weights that it was merged into (`lora/`). */
const ADAPTER_FOLDER = /^(?!checkpoint-\d+\/)(?:adapters\/)?[^/]+\/adapter_config\.json$/;

/**
 * Whether a file only indicates an adapter next to weights that modules.json declares as the encoder: Python libraries do not download it.
 */
export function isAdapterBeside(file: string, { paths, folder }: Pick<EncoderPathsParams, 'paths' | 'folder'>): boolean {
  return file.startsWith(folder) && ADAPTER_FOLDER.test(file.slice(folder.length)) && paths.includes(`${folder}modules.json`);
}

/** Where older sentence-transformers repositories, and static ones, have the encoder itself. */
export const TRANSFORMER_FOLDER = '0_Transformer/';
export const STATIC_FOLDER = '0_StaticEmbedding/';
export const ENCODER_FOLDERS: readonly string[] = [TRANSFORMER_FOLDER, STATIC_FOLDER];

/** Sets of files, each sufficient for a tokenizer. */
export const TOKENIZERS: readonly (readonly string[])[] = [
  ['tokenizer.json'],
  ['vocab.txt'],
  ['vocab.json', 'merges.txt'],
  ['spiece.model'],
  ['spm.model'],
  ['sentencepiece.bpe.model'],
];

/** Where exports put the weights of each precision, the usual place first. */
const ONNX_NAMES: Readonly<Record<Dtype, readonly string[]>> = {
  fp32: ['model'],
  fp16: ['model_fp16'],
  q8: ['model_quantized', 'model_int8', 'model_uint8', 'model_q8'],
  q4: ['model_q4'],
};

export const DTYPES = Object.keys(ONNX_NAMES) as readonly Dtype[];

/** Weights of a checkpoint, whole or in shards, in order of preference. */
const WEIGHTS: readonly { readonly whole: string; readonly shard: RegExp }[] = [
  { whole: 'model.safetensors', shard: /^model-\d+-of-\d+\.safetensors$/ },
  { whole: 'pytorch_model.bin', shard: /^pytorch_model-\d+-of-\d+\.bin$/ },
];

/** Names under which a checkpoint's weights, or the index of their shards, can be requested without a listing. */
export const WEIGHT_NAMES: readonly string[] = WEIGHTS.flatMap(({ whole }) => [whole, `${whole}.index.json`]);

/** Weights of an adapter, in order of preference. */
export const ADAPTER_WEIGHTS: readonly string[] = ['adapter_model.safetensors', 'adapter_model.bin'];

/** Possible paths of a repository's ONNX file, most likely first. */
export function onnxPaths(dtype: Dtype | undefined): readonly string[] {
  return (dtype === undefined ? DTYPES : [dtype]).flatMap((each) =>
    ONNX_NAMES[each].flatMap((name) => [`onnx/${name}.onnx`, `${name}.onnx`]),
  );
}

export interface EncoderPathsParams {
  /** Everything that the source has. */
  readonly paths: readonly string[];
  /** Path of the ONNX file; undefined for a checkpoint. */
  readonly onnx: string | undefined;
  /** Files below it belong to the encoder; '' or ending in a slash. */
  readonly folder: string;
  /** Folder with the adapter to merge in. */
  readonly task?: string | undefined;
}

/**
 * Files of a source that belong to an encoder: its graph with external data, or its weights, and further files. For adapters in folders the
 * configurations, which show that they exist, and the weights of the requested one.
 */
export function encoderPaths({ paths, onnx, folder, task }: EncoderPathsParams): string[] {
  const heavy = new Set([
    ...(onnx === undefined
      ? [...weightPaths(paths, folder), ...adapterPaths(paths, folder)]
      : paths.filter((path) => belongsTo(path, onnx))),
    ...modulePaths(paths, folder),
    ...(onnx === undefined && task !== undefined ? adapterPaths(paths, `${folder}${task}/`) : []),
  ]);
  return paths.filter((path) => {
    if (heavy.has(path)) return true;
    if (!path.startsWith(folder)) return false;
    const inside = path.slice(folder.length);
    if (onnx === undefined && ADAPTER_FOLDER.test(inside)) return true;
    return (
      SIDECARS.has(inside) ||
      MODULE_CONFIG.test(inside) ||
      ENCODER_FOLDERS.some((place) => inside.startsWith(place) && SIDECARS.has(inside.slice(place.length)))
    );
  });
}

function belongsTo(path: string, onnx: string): boolean {
  return (
    path === onnx || path.startsWith(`${onnx}_data`) || path.startsWith(`${onnx}.data`) || path === `${onnx.replace(/\.onnx$/, '')}.data`
  );
}

/**
 * The weights of a checkpoint: one file, or an index with all its shards; empty if there are none. With two places modules.json decides.
 */
export function weightPaths(paths: readonly string[], folder: string): string[] {
  return placesIn(folder).flatMap((place) => weightsIn(paths, place));
}

/** The weights of an adapter; empty if there are none. */
export function adapterPaths(paths: readonly string[], folder: string): string[] {
  return placesIn(folder).flatMap((place) =>
    ADAPTER_WEIGHTS.map((name) => `${place}${name}`)
      .filter((file) => paths.includes(file))
      .slice(0, 1),
  );
}

/** The weights of modules after the encoder, one file each. */
function modulePaths(paths: readonly string[], folder: string): string[] {
  const modules = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)).filter((at) => isWeightedModule(at, folder)));
  return [...modules].flatMap((at) =>
    MODULE_WEIGHTS.map((name) => `${at}${name}`)
      .filter((file) => paths.includes(file))
      .slice(0, 1),
  );
}

function isWeightedModule(at: string, folder: string): boolean {
  return at.startsWith(folder) && WEIGHTED_MODULE.test(at.slice(folder.length));
}

/** Possible folders of an encoder's own files. */
export function placesIn(folder: string): string[] {
  return ['', ...ENCODER_FOLDERS].map((place) => `${folder}${place}`);
}

function weightsIn(paths: readonly string[], folder: string): string[] {
  for (const { whole, shard } of WEIGHTS) {
    if (paths.includes(`${folder}${whole}`)) return [`${folder}${whole}`];
    const index = `${folder}${whole}.index.json`;
    if (paths.includes(index)) return [index, ...paths.filter((path) => path.startsWith(folder) && shard.test(path.slice(folder.length)))];
  }
  return [];
}

/** What an encoder requires and lacks, in words; undefined if nothing is missing. */
export function lackOf({ paths, onnx, folder }: EncoderPathsParams): string | undefined {
  const has = (file: string): boolean =>
    paths.includes(`${folder}${file}`) || (onnx === undefined && placesIn(folder).some((place) => paths.includes(`${place}${file}`)));
  if (onnx !== undefined && !paths.includes(onnx)) return onnx;
  // What an adapter lacks is in its base model.
  if (onnx === undefined && weightPaths(paths, folder).length === 0 && adapterPaths(paths, folder).length > 0) {
    return has('adapter_config.json') ? undefined : `${folder}adapter_config.json`;
  }
  if (onnx === undefined && weightPaths(paths, folder).length === 0)
    return `weights (${WEIGHTS.map(({ whole }) => `${folder}${whole}`).join(' or ')})`;
  // A static encoder of sentence-transformers has none: its modules.json describes it.
  if (onnx === undefined && !has('config.json') && !has('modules.json')) return `${folder}config.json`;
  if (!TOKENIZERS.some((files) => files.every(has))) return `${folder}tokenizer.json, and no vocabulary to build a tokenizer from`;
  return undefined;
}
