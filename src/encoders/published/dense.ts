import { shown } from '../../errors.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { ACTIVATION_CLASSES, activationOf, type Activation } from './activations.ts';
import { moduleWeights } from './module-weights.ts';
import { flagOf, moduleConfig, moduleFolder, refusal, refuseOtherVectors, refuseOtherWords, sizeOf, type ModuleConfig } from './refusal.ts';

/** activation(W x + b), and x or R x added where it has a residual. */
export interface DenseStep {
  readonly kind: 'dense';
  readonly in: number;
  readonly out: number;
  /** W [out, in]. */
  readonly weight: StoredTensor;
  /** b [out]. */
  readonly bias: StoredTensor | undefined;
  readonly activation: Activation;
  /** R [out, in]; `same` where x itself is added, undefined where nothing is. */
  readonly residual: StoredTensor | 'same' | undefined;
}

/** Words of a Dense's config.json; weights that it was begun with are written over by those of its file. */
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

/** A Dense module (sentence_transformers/base/modules/dense.py), its weights left in their files. Throws FORMAT, SOURCE. */
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

/** Left out it is Tanh. What is no class of torch is code of somebody's own: the reference puts Tanh in its place, with a warning. */
function activationIn({ file, values }: ModuleConfig): Activation {
  const name = Object.hasOwn(values, 'activation_function') ? values['activation_function'] : 'torch.nn.modules.activation.Tanh';
  const activation = typeof name === 'string' ? activationOf(name) : undefined;
  if (activation !== undefined) return activation;
  throw refusal(file, `Its activation_function is ${shown(name)}; ${ACTIVATION_CLASSES.join(', ')} of torch.nn are supported.`);
}
