import { evidence } from './evidence.ts';
import type { Moments } from './moments.ts';
import { spectrum } from '../numeric/spectrum.ts';

/**
 * LogME: log evidence per text of a linear model from vectors to each class, averaged over the classes (You et al. 2021, with the fixed
 * point of You et al. 2022; alpha and beta start at 1 for each class, as in the authors' code). Higher is better.
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
    // Squared components of the class's indicator along the left singular vectors.
    const parts = Float64Array.from(order, (i, at) => (sigma[at]! > least ? projections[i * classes + c]! ** 2 / sigma[at]! : 0));
    total += evidence({ sigma, parts, length: counts[c]!, n, d });
  }
  return total / present;
}
