import { own } from '../../own.ts';

/**
 * Activations of a Dense module: classes of torch.nn with default arguments, as in sentence-transformers. `gelu` is the exact one,
 * `leaky-relu` has slope 0.01, `elu` scale 1.
 */
export const ACTIVATIONS = ['identity', 'tanh', 'relu', 'gelu', 'sigmoid', 'silu', 'leaky-relu', 'elu', 'softplus', 'mish'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

const CLASSES: Readonly<Record<string, Activation>> = {
  Identity: 'identity',
  Tanh: 'tanh',
  ReLU: 'relu',
  GELU: 'gelu',
  Sigmoid: 'sigmoid',
  SiLU: 'silu',
  LeakyReLU: 'leaky-relu',
  ELU: 'elu',
  Softplus: 'softplus',
  Mish: 'mish',
};

/** Accepted values of a configuration, for messages. */
export const ACTIVATION_CLASSES = Object.keys(CLASSES);

/** Packages of torch that its activations can be imported from: `torch.nn.modules.activation.Tanh`, `torch.nn.Tanh`. */
const PACKAGE = /^torch\.nn\.(?:modules\.(?:activation\.|linear\.)?)?(?=\w+$)/;

/** The activation of a class by its full name; undefined if unknown. */
export function activationOf(name: string): Activation | undefined {
  return PACKAGE.test(name) ? own(CLASSES, name.replace(PACKAGE, '')) : undefined;
}
