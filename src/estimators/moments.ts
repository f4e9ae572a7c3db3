import type { Matrix } from '../numeric/matrix.ts';
import type { Labelled } from './labelled.ts';
import type { EstimatorRuntime } from './runtime.ts';

/** Sums over texts that estimators share, in float64. */
export interface Moments {
  readonly n: number;
  readonly d: number;
  readonly classes: number;
  /** [d, d] sum of x xᵀ. */
  readonly gram: Float64Array;
  /** [d, classes] sum of x over the texts of a class. */
  readonly sums: Float64Array;
  /** [classes] number of texts. */
  readonly counts: Float64Array;
  /** [d] */
  readonly mean: Float64Array;
  /** Sum over texts of (x - mean)² squared. */
  readonly fourth: number;
}

export async function momentsOf({ vectors, labels, classes }: Labelled, runtime: EstimatorRuntime): Promise<Moments> {
  const { rows: n, cols: d, data } = vectors;
  const sums = new Float64Array(d * classes);
  const counts = new Float64Array(classes);
  const mean = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) {
    const label = labels[i]!;
    counts[label]!++;
    for (let j = 0; j < d; j++, at++) {
      sums[j * classes + label]! += data[at]!;
      mean[j]! += data[at]! / n;
    }
  }
  return { n, d, classes, gram: await runtime.gram(vectors), sums, counts, mean, fourth: fourthMoment(vectors, mean) };
}

function fourthMoment({ rows: n, cols: d, data }: Matrix, mean: Float64Array): number {
  let fourth = 0;
  for (let i = 0, at = 0; i < n; i++) {
    let square = 0;
    for (let j = 0; j < d; j++, at++) square += (data[at]! - mean[j]!) ** 2;
    fourth += square * square;
  }
  return fourth;
}
