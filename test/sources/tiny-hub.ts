import type { ModelEntry, ModelVariant } from '../../src/registry/schema.ts';

/** A tiny encoder as on a hub. */
export const ONNX = 'onnx '.repeat(2000);
export const FILES = {
  'onnx/model.onnx': ONNX,
  'onnx/model.onnx_data': 'weights',
  'onnx/model_q4.onnx': 'four bits',
  'tokenizer.json': '{"version":"1.0"}',
  'config.json': '{"model_type":"bert"}',
  'sentence_bert_config.json': '{"max_seq_length":256}',
  '1_Pooling/config.json': '{}',
  'pytorch_model.bin': 'not wanted',
  'README.md': 'not wanted',
};
export const REPO = { name: 'org/tiny', files: FILES, large: ['onnx/model.onnx', 'onnx/model.onnx_data', 'pytorch_model.bin'] };

export function entry(variant: Partial<ModelVariant> = {}): ModelEntry {
  return {
    key: 'tiny',
    aliases: [],
    variants: [{ dtype: 'fp32', from: 'hf:org/tiny@main', onnx: 'onnx/model.onnx', files: {}, ...variant }],
  };
}
