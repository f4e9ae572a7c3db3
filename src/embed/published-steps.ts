import type { DenseStep } from '../encoders/published/dense.ts';
import type { LayerNormStep } from '../encoders/published/layer-norm.ts';
import type { PublishedModules, PublishedStep } from '../encoders/published/modules.ts';
import { HarnessError } from '../errors.ts';
import type { StoredTensor } from '../tensors/stored-tensor.ts';
import { activate } from './activate.ts';
import { finiteFloats } from './finite-floats.ts';

/** Shorter vectors are scaled as if they had this length, as in torch's normalize. */
const SHORTEST = 1e-12;
/** Epsilon that torch.nn.LayerNorm adds to the variance. */
const NORM_EPSILON = 1e-5;

/** Applies the modules after the pooling to a pooled vector; may overwrite its input. */
export type VectorSteps = (pooled: Float64Array) => Float64Array;

/**
 * The modules after the pooling with their weights in memory, applied to one vector at a time in float64. Throws SOURCE or FORMAT if
 * weights cannot be read, or contain NaN or infinity.
 */
export async function openSteps({ steps, truncateDim }: Pick<PublishedModules, 'steps' | 'truncateDim'>): Promise<VectorSteps> {
  const opened: VectorSteps[] = [];
  for (const step of steps) opened.push(await openStep(step));
  return (pooled) => opened.reduce((vector, step) => step(vector), pooled).subarray(0, truncateDim);
}

function openStep(step: PublishedStep): Promise<VectorSteps> {
  switch (step.kind) {
    case 'dense':
      return openDense(step);
    case 'layer-norm':
      return openLayerNorm(step);
    case 'normalize':
      return Promise.resolve(scaled);
    default:
      return step satisfies never;
  }
}

async function openDense(step: DenseStep): Promise<VectorSteps> {
  const weight = await finiteFloats(step.weight);
  const bias = step.bias && (await finiteFloats(step.bias));
  const residual = typeof step.residual === 'object' ? await finiteFloats(step.residual) : undefined;
  return (vector) => {
    checkLength(step.weight, vector, step.in);
    const out = product(weight, vector, step.out);
    if (bias !== undefined) add(out, bias);
    activate(out, step.activation);
    if (step.residual !== undefined) add(out, residual === undefined ? vector : product(residual, vector, step.out));
    return out;
  };
}

function add(vector: Float64Array, other: Float32Array | Float64Array): void {
  for (let i = 0; i < vector.length; i++) vector[i]! += other[i]!;
}

async function openLayerNorm(step: LayerNormStep): Promise<VectorSteps> {
  const [weight, bias] = [await finiteFloats(step.weight), await finiteFloats(step.bias)];
  return (vector) => {
    checkLength(step.weight, vector, step.dimension);
    const mean = vector.reduce((sum, x) => sum + x, 0) / vector.length;
    const variance = vector.reduce((sum, x) => sum + (x - mean) ** 2, 0) / vector.length;
    const deviation = Math.sqrt(variance + NORM_EPSILON);
    for (let i = 0; i < vector.length; i++) vector[i] = ((vector[i]! - mean) / deviation) * weight[i]! + bias[i]!;
    return vector;
  };
}

function scaled(vector: Float64Array): Float64Array {
  const length = Math.max(Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)), SHORTEST);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}

/** matrix [rows, vector] times vector, summed in float64: four independent sums, for speed. */
function product(matrix: Float32Array, vector: Float64Array, rows: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(rows);
  const n = vector.length;
  const whole = n - (n % 4);
  for (let row = 0, at = 0; row < rows; row++, at += n) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < whole; i += 4) {
      a += matrix[at + i]! * vector[i]!;
      b += matrix[at + i + 1]! * vector[i + 1]!;
      c += matrix[at + i + 2]! * vector[i + 2]!;
      d += matrix[at + i + 3]! * vector[i + 3]!;
    }
    for (let i = whole; i < n; i++) a += matrix[at + i]! * vector[i]!;
    out[row] = a + b + c + d;
  }
  return out;
}

/** If the graph does not declare the width of its states, this is the first place that knows it. */
function checkLength({ file }: StoredTensor, vector: Float64Array, wanted: number): void {
  if (vector.length === wanted) return;
  throw new HarnessError('FORMAT', {
    where: file,
    what: `Its module expects vectors of ${wanted} dimensions, but gets ${vector.length}.`,
    hint: 'Choose another pooling: cls, mean, …',
  });
}
