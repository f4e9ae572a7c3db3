import type { Dtype } from '../registry/schema.ts';

/** What an encoder's folder may hold beside the ONNX file; the small ones are taken along where a repository has them. */
const SIDECARS: ReadonlySet<string> = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'config.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  'modules.json',
]);

/** `1_Pooling/config.json`: how sentence-transformers goes on behind the encoder. */
const MODULE_CONFIG = /^\d+_[A-Za-z]+\/config\.json$/;

/** Where exports put the weights of each number type, the usual place first. */
const ONNX_NAMES: Readonly<Record<Dtype, readonly string[]>> = {
  fp32: ['model'],
  fp16: ['model_fp16'],
  q8: ['model_quantized', 'model_int8', 'model_uint8', 'model_q8'],
  q4: ['model_q4'],
};

export const DTYPES = Object.keys(ONNX_NAMES) as readonly Dtype[];

/** Paths that a repository may have its ONNX file at, the likeliest first. */
export function onnxPaths(dtype: Dtype | undefined): readonly string[] {
  return (dtype === undefined ? DTYPES : [dtype]).flatMap((each) => ONNX_NAMES[each].flatMap((name) => [`onnx/${name}.onnx`, `${name}.onnx`]));
}

/** Files of a repository that belong to the encoder of an ONNX file: itself, its external data, and what stands beside it. */
export function modelPaths({ paths, onnx, folder }: { paths: readonly string[]; onnx: string; folder: string }): string[] {
  const stem = onnx.replace(/\.onnx$/, '');
  return paths.filter((path) => {
    if (path === onnx || (path.startsWith(`${onnx}_data`) || path.startsWith(`${onnx}.data`)) || path === `${stem}.data`) return true;
    if (!path.startsWith(folder)) return false;
    const inside = path.slice(folder.length);
    return SIDECARS.has(inside) || MODULE_CONFIG.test(inside);
  });
}
