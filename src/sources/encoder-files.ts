import type { Dtype } from '../registry/schema.ts';

/** What an encoder's folder may hold beside graph or weights; the small ones are taken along where a repository has them. */
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

/** `1_Pooling/config.json`, `2_Dense_1024/config.json`: how sentence-transformers goes on behind the encoder. */
const MODULE_CONFIG = /^\d+_\w+\/config\.json$/;

/** Modules with weights of their own that can be run: `2_Dense/`; stella has one for each length of its vectors, `2_Dense_1024/`. */
const WEIGHTED_MODULE = /^(?:\d+_)?(?:Dense|LayerNorm)(?:_\w+)?\/$/;
/** Their weights, the file first that is read where both are there. */
export const MODULE_WEIGHTS: readonly string[] = ['model.safetensors', 'pytorch_model.bin'];

/** An adapter in a folder of its own, one of several (`retrieval_query/`), or beside weights that it was merged into (`lora/`). */
const ADAPTER_FOLDER = /^(?!checkpoint-\d+\/)(?:adapters\/)?[^/]+\/adapter_config\.json$/;

/** Whether a file only tells that an adapter lies beside weights that modules.json makes the encoder: libraries of Python fetch none. */
export function isAdapterBeside(file: string, { paths, folder }: Pick<EncoderPathsParams, 'paths' | 'folder'>): boolean {
  return file.startsWith(folder) && ADAPTER_FOLDER.test(file.slice(folder.length)) && paths.includes(`${folder}modules.json`);
}

/** Where older sentence-transformers repositories have the encoder itself, and static ones. */
export const TRANSFORMER_FOLDER = '0_Transformer/';
export const STATIC_FOLDER = '0_StaticEmbedding/';
export const ENCODER_FOLDERS: readonly string[] = [TRANSFORMER_FOLDER, STATIC_FOLDER];

/** Files of which any list is enough for a tokenizer. */
export const TOKENIZERS: readonly (readonly string[])[] = [
  ['tokenizer.json'],
  ['vocab.txt'],
  ['vocab.json', 'merges.txt'],
  ['spiece.model'],
  ['spm.model'],
  ['sentencepiece.bpe.model'],
];

/** Where exports put the weights of each number type, the usual place first. */
const ONNX_NAMES: Readonly<Record<Dtype, readonly string[]>> = {
  fp32: ['model'],
  fp16: ['model_fp16'],
  q8: ['model_quantized', 'model_int8', 'model_uint8', 'model_q8'],
  q4: ['model_q4'],
};

export const DTYPES = Object.keys(ONNX_NAMES) as readonly Dtype[];

/** Weights of a checkpoint, whole or in shards, in the order in which they are looked for. */
const WEIGHTS: readonly { readonly whole: string; readonly shard: RegExp }[] = [
  { whole: 'model.safetensors', shard: /^model-\d+-of-\d+\.safetensors$/ },
  { whole: 'pytorch_model.bin', shard: /^pytorch_model-\d+-of-\d+\.bin$/ },
];

/** Names under which a checkpoint's weights, or the index of their shards, can be asked for without a listing. */
export const WEIGHT_NAMES: readonly string[] = WEIGHTS.flatMap(({ whole }) => [whole, `${whole}.index.json`]);

/** Weights of an adapter, in the order in which they are looked for. */
export const ADAPTER_WEIGHTS: readonly string[] = ['adapter_model.safetensors', 'adapter_model.bin'];

/** Paths that a repository may have its ONNX file at, the likeliest first. */
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
  /** What lies below it belongs to the encoder; '' or ending in a slash. */
  readonly folder: string;
  /** Folder with the adapter that is to be merged in. */
  readonly task?: string | undefined;
}

/**
 * Files of a source that belong to an encoder: its graph with external data, or its weights, and what stands beside. Of adapters in folders
 * the configuration, which tells that they are there, and the weights of the one that is wanted.
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
 * The weights of a checkpoint: one file, or an index with all its shards; none where there are none. Of two places modules.json says which
 * one counts.
 */
export function weightPaths(paths: readonly string[], folder: string): string[] {
  return placesIn(folder).flatMap((place) => weightsIn(paths, place));
}

/** The weights of an adapter; none where there is none. */
export function adapterPaths(paths: readonly string[], folder: string): string[] {
  return placesIn(folder).flatMap((place) =>
    ADAPTER_WEIGHTS.map((name) => `${place}${name}`)
      .filter((file) => paths.includes(file))
      .slice(0, 1),
  );
}

/** The weights of modules behind the encoder, a file each. */
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

/** Where an encoder's own files may lie. */
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

/** What an encoder cannot do without and does not have, in words; undefined where nothing is missing. */
export function lackOf({ paths, onnx, folder }: EncoderPathsParams): string | undefined {
  const has = (file: string): boolean =>
    paths.includes(`${folder}${file}`) || (onnx === undefined && placesIn(folder).some((place) => paths.includes(`${place}${file}`)));
  if (onnx !== undefined && !paths.includes(onnx)) return onnx;
  // What an adapter alone lacks, its base has.
  if (onnx === undefined && weightPaths(paths, folder).length === 0 && adapterPaths(paths, folder).length > 0) {
    return has('adapter_config.json') ? undefined : `${folder}adapter_config.json`;
  }
  if (onnx === undefined && weightPaths(paths, folder).length === 0)
    return `weights (${WEIGHTS.map(({ whole }) => `${folder}${whole}`).join(' or ')})`;
  // A static encoder that sentence-transformers wrote has none: its modules.json says what it is.
  if (onnx === undefined && !has('config.json') && !has('modules.json')) return `${folder}config.json`;
  if (!TOKENIZERS.some((files) => files.every(has))) return `${folder}tokenizer.json, and no vocabulary to build a tokenizer from`;
  return undefined;
}
