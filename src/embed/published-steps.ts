import type { DenseStep } from '../encoders/published/dense.ts';
import type { LayerNormStep } from '../encoders/published/layer-norm.ts';
import type { PublishedModules, PublishedStep } from '../encoders/published/modules.ts';
import { HarnessError } from '../errors.ts';
import type { StoredTensor } from '../tensors/stored-tensor.ts';
import { activate } from './activate.ts';
import { finiteFloats } from './finite-floats.ts';

/** What is shorter is scaled as if it were so long, as torch's normalize does. */
const SHORTEST = 1e-12;
/** What torch.nn.LayerNorm adds to the variance. */
const NORM_EPSILON = 1e-5;

/** Turns a pooled vector into what the modules behind the pooling make of it; may write into what it is given. */
export type VectorSteps = (pooled: Float64Array) => Float64Array;

/**
 * The modules behind the pooling with their weights in memory, to be run on one vector after the other in float64. Throws SOURCE or FORMAT
 * where weights cannot be read, or hold NaN or an infinity.
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

/** matrix [rows, vector] by vector, summed in float64: four sums at a time, so that none waits for the one before. */
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

/** Where the graph does not say how wide its states are, this is the first that knows. */
function checkLength({ file }: StoredTensor, vector: Float64Array, wanted: number): void {
  if (vector.length === wanted) return;
  throw new HarnessError('FORMAT', {
    where: file,
    what: `Its module expects vectors of ${wanted} dimensions, but gets ${vector.length}.`,
    hint: 'Choose another pooling: cls, mean, …',
  });
}
