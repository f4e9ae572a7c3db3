import { HarnessError, option } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { centredTiles, columnProducts, rowProducts, unitCentring, type CentredVectors } from './centred-vectors.ts';
import type { EstimatorRuntime } from './runtime.ts';
import { spectrum } from '../numeric/spectrum.ts';
import { centredTargets, checkTargets, type Targeted } from './targeted.ts';

/**
 * Ridge regression with an unpenalised intercept (Hoerl and Kennard 1970): minimises the sum of squared errors plus penalty times the
 * squared length of the weights, on vectors that are centred and scaled to a mean squared length of 1, so that one penalty means the same
 * for all encoders.
 */

/** From nearly none to one that leaves only the mean; scikit-learn's `alpha` for vectors scaled this way. */
export const PENALTIES: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4];

export interface RidgeParams extends Targeted {
  /** Above 0. Of several, the one with the smallest leave-one-out squared error is selected; of equal ones the first. */
  readonly penalties?: readonly number[] | undefined;
}

/** A linear model of the original vectors: centring and scaling are included in its weights. */
export interface LinearModel {
  /** [d] */
  readonly weights: Float64Array;
  readonly intercept: number;
}

export interface Ridge extends LinearModel {
  /** The selected penalty. */
  readonly penalty: number;
  /** [penalties] mean squared leave-one-out error. */
  readonly errors: Float64Array;
  /** [n] leave-one-out prediction of each text with that penalty, with the scaling of all texts. */
  readonly leftOut: Float64Array;
}

/**
 * Ridge regression for a grid of penalties from one eigendecomposition, of whichever of the two products of the vectors is smaller.
 * Leave-one-out predictions are exact without refitting: the error is that of the fit divided by 1 minus the leverage (Allen 1974;
 * scikit-learn's RidgeCV selects its `alpha` by the same errors). Throws as `checkTargets` does, and OPTION if there is no penalty, or one
 * is not above 0.
 */
export async function fitRidge({ vectors, targets, penalties = PENALTIES }: RidgeParams, runtime: EstimatorRuntime): Promise<Ridge> {
  checkTargets({ vectors, targets });
  checkPenalties(penalties);
  const centred: CentredVectors = { vectors, centring: unitCentring(vectors) };
  const { mean: targetMean, centred: rest } = centredTargets(targets);
  const problem = { centred, targets: rest, penalties };
  const { errors, weightsOf } = vectors.rows <= vectors.cols ? await byRows(problem, runtime) : await byColumns(problem, runtime);
  const means = Float64Array.from(errors, (each) => each.reduce((sum, error) => sum + error * error, 0) / targets.length);
  let best = 0;
  for (const [at, mean] of means.entries()) if (mean < means[best]!) best = at;
  const { mean, scale } = centred.centring;
  const weights = weightsOf(best).map((weight) => weight * scale);
  const intercept = weights.reduce((sum, weight, j) => sum - weight * mean[j]!, targetMean);
  const leftOut = errors[best]!.map((error, i) => targets[i]! - error);
  return { penalty: penalties[best]!, errors: means, leftOut, weights, intercept };
}

/** [rows] predictions of a model, in the target's unit. Throws SHAPE if the vectors have another number of columns. */
export function predictLinear({ weights, intercept }: LinearModel, { rows, cols, data }: Matrix): Float64Array {
  if (weights.length !== cols) {
    throw new HarnessError('SHAPE', { what: `The model has ${weights.length} columns, but the vectors have ${cols}.` });
  }
  const predicted = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = intercept;
    for (let j = 0; j < cols; j++, at++) sum += data[at]! * weights[j]!;
    predicted[i] = sum;
  }
  return predicted;
}

interface Problem {
  readonly centred: CentredVectors;
  /** [n] centred */
  readonly targets: Float64Array;
  readonly penalties: readonly number[];
}

interface Solution {
  /** For each penalty [n], the leave-one-out residual. */
  readonly errors: readonly Float64Array[];
  /** [d] weights for a penalty, by its index, of the centred vectors. */
  readonly weightsOf: (penalty: number) => Float64Array;
}

/**
 * More texts than columns: with the eigenvectors V of the covariance, and s their values, text z = Vᵀ x has leverage 1 / n + sum of z² / (s
 * + penalty).
 */
async function byColumns({ centred, targets, penalties }: Problem, runtime: EstimatorRuntime): Promise<Solution> {
  const { rows: n, cols: d } = centred.vectors;
  const { gram, products } = await columnProducts(centred, targets, runtime);
  const { values, vectors } = eigen(gram, d);
  const along = Float64Array.from({ length: d }, (_, j) => dot({ a: vectors, from: j * d, b: products, count: d }));
  const shrunk = penalties.map((penalty) => values.map((value) => 1 / (value + penalty)));
  const weights = shrunk.map((inverse) => inverse.map((each, j) => each * along[j]!));
  const errors = penalties.map(() => new Float64Array(n));
  const turned = transposed(vectors, d);
  for (const { from, count, rows } of centredTiles(centred)) {
    const parts = await runtime.product({ a: rows, b: turned, d });
    for (const [at, inverse] of shrunk.entries()) {
      const weight = weights[at]!;
      for (let i = 0, place = 0; i < count; i++) {
        let [fit, leverage] = [0, 1 / n];
        for (let j = 0; j < d; j++, place++) {
          const part = parts[place]!;
          fit += part * weight[j]!;
          leverage += part * part * inverse[j]!;
        }
        errors[at]![from + i] = (targets[from + i]! - fit) / (1 - leverage);
      }
    }
  }
  return { errors, weightsOf: (at) => combined({ rows: vectors, by: weights[at]!, width: d }) };
}

/**
 * At most as many texts as columns: with the eigenvectors U of the products of the texts, and s their values, 1 minus the leverage is the
 * sum of u² penalty / (s + penalty) over all but the constant one, which belongs to the intercept; the residual has the same factor
 * penalty, which cancels. So no precision is lost if nearly every text has a column of its own and both are close to 0.
 */
async function byRows({ centred, targets, penalties }: Problem, runtime: EstimatorRuntime): Promise<Solution> {
  const { rows: n } = centred.vectors;
  const { gram, columns } = await rowProducts(centred, runtime);
  // Centring gives the constant vector the eigenvalue 0, possibly shared with others: assigning it the largest one separates it.
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i]!;
  const most = trace === 0 ? 1 : 2 * trace;
  for (let i = 0; i < gram.length; i++) gram[i]! += most / n;
  const { values, vectors } = eigen(gram, n);
  const constant = values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
  const along = Float64Array.from({ length: n }, (_, j) => dot({ a: vectors, from: j * n, b: targets, count: n }));
  const solved = penalties.map((penalty) => {
    const inverse = values.map((value, j) => (j === constant ? 0 : 1 / (value + penalty)));
    const dual = combined({ rows: vectors, by: inverse.map((each, j) => each * along[j]!), width: n });
    const diagonal = new Float64Array(n);
    for (let j = 0, at = 0; j < n; j++) for (let i = 0; i < n; i++, at++) diagonal[i]! += vectors[at]! ** 2 * inverse[j]!;
    return { dual, errors: dual.map((each, i) => each / diagonal[i]!) };
  });
  const { cols: d } = centred.vectors;
  return {
    errors: solved.map(({ errors }) => errors),
    weightsOf: (at) => Float64Array.from({ length: d }, (_, j) => dot({ a: columns, from: j * n, b: solved[at]!.dual, count: n })),
  };
}

/** Eigenvalues, at least 0, and the eigenvectors as rows [size, size]. */
function eigen(symmetric: Float64Array, size: number): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const identity = new Float64Array(size * size);
  for (let i = 0; i < size; i++) identity[i * size + i] = 1;
  const { values, projections } = spectrum({ symmetric, size, columns: identity, count: size });
  return { values: values.map((value) => Math.max(0, value)), vectors: projections };
}

interface DotParams {
  readonly a: Float64Array;
  /** Start index in `a`. */
  readonly from: number;
  readonly b: Float64Array;
  readonly count: number;
}

function dot({ a, from, b, count }: DotParams): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[from + i]! * b[i]!;
  return sum;
}

/** [width] sum of the rows, weighted. */
function combined({ rows, by, width }: { readonly rows: Float64Array; readonly by: Float64Array; readonly width: number }): Float64Array {
  const sum = new Float64Array(width);
  for (let j = 0, at = 0; j < by.length; j++) for (let i = 0; i < width; i++, at++) sum[i]! += rows[at]! * by[j]!;
  return sum;
}

function transposed(square: Float64Array, d: number): Float64Array {
  const turned = new Float64Array(d * d);
  for (let i = 0, at = 0; i < d; i++) for (let j = 0; j < d; j++, at++) turned[j * d + i] = square[at]!;
  return turned;
}

function checkPenalties(penalties: readonly number[]): void {
  const where = option('penalties');
  if (penalties.length === 0) throw new HarnessError('OPTION', { where, what: 'No penalties given.' });
  const wrong = penalties.find((penalty) => !(penalty > 0 && penalty < Infinity));
  if (wrong !== undefined) throw new HarnessError('OPTION', { where, what: `${wrong} is not a penalty.`, hint: 'Use numbers above 0.' });
}
