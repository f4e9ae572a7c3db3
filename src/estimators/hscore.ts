import { cholesky, solveLower } from '../numeric/cholesky.ts';
import type { Moments } from './moments.ts';
import { spectrum } from '../numeric/spectrum.ts';

/** Minimum eigenvalue of the shrunk covariance, relative to its trace. */
const WELL_CONDITIONED = 1e-7;
/** Rounding error relative to the vectors' squared length. */
const NO_SPREAD = 1e-10;

/**
 * Regularised H-score: the share of variance between classes, with the covariance shrunk towards a multiple of the identity (Ledoit and
 * Wolf 2004; Bao et al. 2019; Ibrahim, Ponomareva and Mazumder 2022). Higher is better; at most classes - 1.
 */
export function hscore({ n, d, classes, gram, sums, counts, mean, fourth }: Moments): number {
  const covariance = new Float64Array(d * d);
  let [trace, squares] = [0, 0];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const value = gram[i * d + j]! / n - mean[i]! * mean[j]!;
      covariance[i * d + j] = value;
      squares += value * value;
    }
    trace += covariance[i * d + i]!;
  }
  const mu = trace / d;
  const beta = (fourth / n - squares) / (d * n);
  const delta = (squares - 2 * mu * trace + d * mu * mu) / d;
  const shrinkage = delta > 0 ? Math.min(1, Math.max(0, beta / delta)) : 1;
  // Class means, centred on the overall mean, weighted by the number of texts.
  const means = new Float64Array(d * classes);
  for (let i = 0; i < d; i++) {
    for (let c = 0; c < classes; c++)
      means[i * classes + c] = (sums[i * classes + c]! / Math.max(1, counts[c]!) - mean[i]!) * Math.sqrt(counts[c]!);
  }
  const weight = (1 - shrinkage) / (n - 1);
  // If shrunk enough, the covariance can be inverted accurately by a factorisation, much faster than by its spectrum.
  const length = mean.reduce((sum, x) => sum + x * x, 0);
  // If all texts are equal, the remaining variance is rounding error: no class is separable.
  if (trace <= NO_SPREAD * length) return 0;
  if (shrinkage * mu > WELL_CONDITIONED * trace) {
    for (let i = 0; i < covariance.length; i++) covariance[i]! *= 1 - shrinkage;
    for (let i = 0; i < d; i++) covariance[i * d + i]! += shrinkage * mu;
    solveLower({ l: cholesky(covariance, d), d, columns: means, k: classes });
    return weight * means.reduce((sum, x) => sum + x * x, 0);
  }
  const { values, projections } = spectrum({ symmetric: covariance, size: d, columns: means, count: classes });
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  let score = 0;
  for (let i = 0; i < d; i++) {
    const spread = (1 - shrinkage) * values[i]! + shrinkage * mu;
    // A direction without variance does not separate classes: the pseudo-inverse omits it.
    if (spread <= 1e-15 * largest) continue;
    for (let c = 0; c < classes; c++) score += (weight * projections[i * classes + c]! ** 2) / spread;
  }
  return score;
}
