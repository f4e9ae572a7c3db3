import type { Moments } from './moments.ts';
import { spectrum } from './spectrum.ts';

const TURNS = 11;
const CONVERGED = 1e-3;

/**
 * LogME: logarithm of the evidence for a linear model from vectors to each class, a text's share, mean over the classes (You et al.
 * 2021, with the fixed point of You et al. 2022; alpha and beta begin at 1 for each class, as in the authors' code). Higher is better.
 */
export function logme({ n, d, classes, gram, sums, counts }: Moments): number {
  const { values, projections } = spectrum({ symmetric: gram.slice(), size: d, columns: sums, count: classes });
  const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]!).slice(0, Math.min(n, d));
  const sigma = Float64Array.from(order, (i) => Math.max(0, values[i]!));
  const least = 1e-14 * (sigma[0] ?? 0);
  let total = 0;
  let present = 0;
  for (let c = 0; c < classes; c++) {
    if (counts[c] === 0) continue;
    present++;
    // Squared parts of the class's indicator along the left singular vectors.
    const parts = Float64Array.from(order, (i, at) => (sigma[at]! > least ? projections[i * classes + c]! ** 2 / sigma[at]! : 0));
    total += evidence({ sigma, parts, length: counts[c]!, n, d });
  }
  return total / present;
}

function evidence({ sigma, parts, length, n, d }: { readonly sigma: Float64Array; readonly parts: Float64Array; readonly length: number; readonly n: number; readonly d: number }): number {
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
  return ((d / 2) * Math.log(alpha) + (n / 2) * Math.log(beta) - spread / 2 - (beta / 2) * rest - (alpha / 2) * weights - (n / 2) * Math.log(2 * Math.PI)) / n;
}
