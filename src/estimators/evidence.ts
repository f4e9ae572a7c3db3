const TURNS = 11;
const CONVERGED = 1e-3;

export interface EvidenceParams {
  /** [min(n, d)] squared singular values of the vectors. */
  readonly sigma: Float64Array;
  /** [min(n, d)] squared components of the target along the left singular vectors. */
  readonly parts: Float64Array;
  /** Squared length of the target. */
  readonly length: number;
  readonly n: number;
  readonly d: number;
}

/**
 * Log evidence per text of a linear model without intercept from vectors [n, d] to one target [n], at the fixed point of its two
 * precisions, which start at 1 (You et al. 2021 and 2022, and the authors' code: same number of iterations, stopping rule and tolerance
 * 1e-5).
 */
export function evidence({ sigma, parts, length, n, d }: EvidenceParams): number {
  const outside = length - parts.reduce((sum, part) => sum + part, 0);
  let [alpha, beta, weights, rest] = [1, 1, 0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    const ratio = alpha / beta;
    let gamma = 0;
    weights = 0;
    rest = outside;
    for (const [i, s] of sigma.entries()) {
      gamma += s / (s + ratio);
      weights += (s * parts[i]!) / (ratio + s) ** 2;
      rest += parts[i]! / (1 + s / ratio) ** 2;
    }
    alpha = gamma / (weights + 1e-5);
    beta = (n - gamma) / (rest + 1e-5);
    if (Math.abs(alpha / beta - ratio) / ratio <= CONVERGED) break;
  }
  const spread = sigma.reduce((sum, s) => sum + Math.log(alpha + beta * s), 0);
  const precisions = (d / 2) * Math.log(alpha) + (n / 2) * Math.log(beta) - spread / 2;
  return (precisions - (beta / 2) * rest - (alpha / 2) * weights - (n / 2) * Math.log(2 * Math.PI)) / n;
}
