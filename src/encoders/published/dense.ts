import { shown } from '../../errors.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { ACTIVATION_CLASSES, activationOf, type Activation } from './activations.ts';
import { moduleWeights } from './module-weights.ts';
import { flagOf, moduleConfig, moduleFolder, refusal, refuseOtherVectors, refuseOtherWords, sizeOf, type ModuleConfig } from './refusal.ts';

/** activation(W x + b), plus x or R x with a residual. */
export interface DenseStep {
  readonly kind: 'dense';
  readonly in: number;
  readonly out: number;
  /** W [out, in]. */
  readonly weight: StoredTensor;
  /** b [out]. */
  readonly bias: StoredTensor | undefined;
  readonly activation: Activation;
  /** R [out, in]; `same` if x itself is added, undefined without a residual. */
  readonly residual: StoredTensor | 'same' | undefined;
}

/** Fields of a Dense's config.json; initial weights are overwritten by those of its file. */
const WORDS = [
  'in_features',
  'out_features',
  'bias',
  'activation_function',
  'module_input_name',
  'module_output_name',
  'use_residual',
  'init_weight',
  'init_bias',
];

/** A Dense module (sentence_transformers/base/modules/dense.py), with its weights in their files. Throws FORMAT, SOURCE. */
export async function denseStep(folder: string, at: string): Promise<{ readonly step: DenseStep; readonly files: readonly string[] }> {
  const config = await moduleConfig(folder, at, 'Dense');
  refuseOtherWords(config, WORDS);
  refuseOtherVectors(config);
  const [from, to] = [sizeOf(config, 'in_features'), sizeOf(config, 'out_features')];
  const hasBias = flagOf(config, 'bias', true);
  const adds = flagOf(config, 'use_residual', false);
  const activation = activationIn(config);
  const { tensors, files } = await moduleWeights(moduleFolder(folder, at), {
    'linear.weight': [to, from],
    ...(hasBias && { 'linear.bias': [to] }),
    ...(adds && from !== to && { 'residual.weight': [to, from] }),
  });
  const step: DenseStep = {
    kind: 'dense',
    in: from,
    out: to,
    weight: tensors.get('linear.weight')!,
    bias: tensors.get('linear.bias'),
    activation,
    residual: adds ? (tensors.get('residual.weight') ?? 'same') : undefined,
  };
  return { step, files };
}

/** Default: Tanh. A class outside of torch is custom code: the reference uses Tanh instead, with a warning. */
function activationIn({ file, values }: ModuleConfig): Activation {
  const name = Object.hasOwn(values, 'activation_function') ? values['activation_function'] : 'torch.nn.modules.activation.Tanh';
  const activation = typeof name === 'string' ? activationOf(name) : undefined;
  if (activation !== undefined) return activation;
  throw refusal(file, `Its activation_function is ${shown(name)}; ${ACTIVATION_CLASSES.join(', ')} of torch.nn are supported.`);
}
