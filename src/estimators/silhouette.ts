import type { Labelled } from './labelled.ts';
import type { EstimatorRuntime } from './runtime.ts';

/** Number of texts whose mutual distances are held at a time: 8 MB of float64. */
const TILE = 1024;

/**
 * Mean silhouette (Rousseeuw 1987), Euclidean: how much closer a text is to its own class than to the next one, -1 to 1. A class of one
 * text counts 0.
 * As scikit-learn's silhouette_score.
 */
export async function silhouette(
  { vectors: { rows: n, cols: d, data }, labels, classes }: Labelled,
  runtime: EstimatorRuntime,
): Promise<number> {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  // Distances are independent of the origin, and more accurate the closer it is.
  const centred = new Float64Array(n * d);
  const mean = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += data[at]! / n;
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) centred[at] = data[at]! - mean[j]!;
  const membership = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) membership[i * classes + labels[i]!] = 1;
  const sums = await runtime.distanceSums({ rows: centred, width: d, membership, classes, tile: TILE });
  let total = 0;
  for (let i = 0; i < n; i++) {
    const own = labels[i]!;
    if (counts[own]! < 2) continue;
    const within = sums[i * classes + own]! / (counts[own]! - 1);
    let next = Infinity;
    for (let c = 0; c < classes; c++) if (c !== own && counts[c]! > 0) next = Math.min(next, sums[i * classes + c]! / counts[c]!);
    const larger = Math.max(within, next);
    if (larger > 0) total += (next - within) / larger;
  }
  return total / n;
}
