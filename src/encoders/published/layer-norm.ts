import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { moduleWeights } from './module-weights.ts';
import { moduleConfig, moduleFolder, refuseOtherWords, sizeOf } from './refusal.ts';

/** (x - mean) / sqrt(variance + 1e-5) * weight + bias, as torch.nn.LayerNorm. */
export interface LayerNormStep {
  readonly kind: 'layer-norm';
  readonly dimension: number;
  /** [dimension] */
  readonly weight: StoredTensor;
  /** [dimension] */
  readonly bias: StoredTensor;
}

/** A LayerNorm module (sentence_transformers/sentence_transformer/modules/layer_norm.py). Throws FORMAT, SOURCE. */
export async function layerNormStep(
  folder: string,
  at: string,
): Promise<{ readonly step: LayerNormStep; readonly files: readonly string[] }> {
  const config = await moduleConfig(folder, at, 'LayerNorm');
  refuseOtherWords(config, ['dimension']);
  const dimension = sizeOf(config, 'dimension');
  const { tensors, files } = await moduleWeights(moduleFolder(folder, at), { 'norm.weight': [dimension], 'norm.bias': [dimension] });
  return { step: { kind: 'layer-norm', dimension, weight: tensors.get('norm.weight')!, bias: tensors.get('norm.bias')! }, files };
}
