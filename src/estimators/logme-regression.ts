import { columnProducts, noCentring, rowProducts, unitCentring, type CentredVectors, type Centring } from './centred-vectors.ts';
import { evidence } from './evidence.ts';
import type { EstimatorRuntime } from './runtime.ts';
import { spectrum } from '../numeric/spectrum.ts';
import { centredTargets, checkTargets, type Targeted } from './targeted.ts';

/**
 * LogME of a real target: log evidence per text of a linear model from vectors to the target (You et al. 2021 and 2022). The target is
 * standardised to mean 0 and standard deviation 1 (dividing by n), and the vectors are centred: the model has no intercept, and would
 * otherwise measure whether the vectors contain a constant; and its evidence would depend on the target's unit. Higher is better. NaN if
 * the targets are all equal. Throws as `checkTargets` does.
 */
export async function logmeRegression({ vectors, targets }: Targeted, runtime: EstimatorRuntime): Promise<number> {
  checkTargets({ vectors, targets });
  const { centred } = centredTargets(targets);
  const deviation = Math.sqrt(centred.reduce((sum, target) => sum + target * target, 0) / targets.length);
  if (deviation === 0) return NaN;
  const { mean } = unitCentring(vectors);
  return logmeOf({ vectors, targets: centred.map((target) => target / deviation) }, { mean, scale: 1 }, runtime);
}

/**
 * LogME of a real target as in its authors' code and transformer-ranker 0.2.0: target and vectors unchanged. Values are comparable only on
 * the same target, and depend on the vectors' mean if the target's is not 0. Throws as `logmeRegression` does.
 */
export async function publishedLogmeRegression({ vectors, targets }: Targeted, runtime: EstimatorRuntime): Promise<number> {
  checkTargets({ vectors, targets });
  return logmeOf({ vectors, targets }, noCentring(vectors), runtime);
}

/** Squared singular values below this fraction of the largest are rounding errors. */
const LEAST = 1e-14;

async function logmeOf({ vectors, targets }: Targeted, centring: Centring, runtime: EstimatorRuntime): Promise<number> {
  const { rows: n, cols: d } = vectors;
  const length = targets.reduce((sum, target) => sum + target * target, 0);
  const byRows = n < d;
  const { gram, columns } = await (byRows ? ofRows : ofColumns)({ vectors, centring }, targets, runtime);
  const { values, projections } = spectrum({ symmetric: gram, size: Math.min(n, d), columns, count: 1 });
  const sigma = values.map((value) => Math.max(0, value));
  const least = LEAST * sigma.reduce((most, value) => Math.max(most, value), 0);
  // By rows the projections are those of the target along the left singular vectors; by columns they are multiplied by the singular value.
  const parts = sigma.map((value, i) => (value > least ? projections[i]! ** 2 / (byRows ? 1 : value) : 0));
  return evidence({ sigma, parts, length, n, d });
}

interface SmallerProducts {
  /** Of the vectors, [min(n, d), min(n, d)]. */
  readonly gram: Float64Array;
  /** [min(n, d)] projected onto the eigenvectors. */
  readonly columns: Float64Array;
}

async function ofRows(centred: CentredVectors, targets: Float64Array, runtime: EstimatorRuntime): Promise<SmallerProducts> {
  const { gram } = await rowProducts(centred, runtime);
  return { gram, columns: targets };
}

async function ofColumns(centred: CentredVectors, targets: Float64Array, runtime: EstimatorRuntime): Promise<SmallerProducts> {
  const { gram, products } = await columnProducts(centred, targets, runtime);
  return { gram, columns: products };
}
