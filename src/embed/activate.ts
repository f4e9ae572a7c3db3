import type { Activation } from '../encoders/published/activations.ts';

/** y = f(x) elementwise, in place; computed in float64. As torch.nn's classes with default arguments. */
export function activate(vector: Float64Array, activation: Activation): void {
  const f = FUNCTIONS[activation];
  if (f === undefined) return;
  for (let i = 0; i < vector.length; i++) vector[i] = f(vector[i]!);
}

const FUNCTIONS: Readonly<Record<Activation, ((x: number) => number) | undefined>> = {
  identity: undefined,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  sigmoid,
  silu: (x) => x * sigmoid(x),
  'leaky-relu': (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  softplus,
  mish: (x) => x * Math.tanh(softplus(x)),
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** log(1 + e^x); above 20 torch returns x itself. */
function softplus(x: number): number {
  return x > 20 ? x : Math.log1p(Math.exp(x));
}

/** Up to here the series needs few terms; beyond 6, 1 - erf is 0 in float64. */
const SERIES = 2.5;

/** The error function, to 1e-14: by its series (Abramowitz and Stegun 7.1.6), and further out by its continued fraction (7.1.14). */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size > 6) return Math.sign(x);
  if (size <= SERIES) {
    let [term, sum] = [size, size];
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (2 * size * size) / (2 * n + 1);
      sum += term;
    }
    return (Math.sign(x) * 2 * sum * Math.exp(-size * size)) / Math.sqrt(Math.PI);
  }
  let fraction = size;
  for (let n = 60; n >= 1; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction));
}
