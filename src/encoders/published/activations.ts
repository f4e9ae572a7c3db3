import { own } from '../../own.ts';

/**
 * Activations of a Dense module: classes of torch.nn, made without arguments, as sentence-transformers makes them. `gelu` is the exact one,
 * `leaky-relu` has the slope 0.01, `elu` the scale 1.
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

/** What a configuration may name, for messages. */
export const ACTIVATION_CLASSES = Object.keys(CLASSES);

/** Packages of torch that its activations can be imported from: `torch.nn.modules.activation.Tanh`, `torch.nn.Tanh`. */
const PACKAGE = /^torch\.nn\.(?:modules\.(?:activation\.|linear\.)?)?(?=\w+$)/;

/** The activation of a class by its full name; undefined for one that is not known here. */
export function activationOf(name: string): Activation | undefined {
  return PACKAGE.test(name) ? own(CLASSES, name.replace(PACKAGE, '')) : undefined;
}
