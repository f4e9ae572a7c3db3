import { HarnessError } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';

/** Frozen vectors of texts whose label is a real number. */
export interface Targeted {
  /** [n, d] */
  readonly vectors: Matrix;
  /** [n] in the target's unit */
  readonly targets: Float64Array;
}

/**
 * Throws SHAPE if the lengths differ or vectors have no columns, DATA if there are fewer than two texts, or a target or a number of a
 * vector is NaN or infinite.
 */
export function checkTargets({ vectors: { rows, cols, data }, targets }: Targeted): void {
  if (targets.length !== rows) throw new HarnessError('SHAPE', { what: `${targets.length} targets for ${rows} vectors.` });
  if (cols === 0) throw new HarnessError('SHAPE', { what: 'The vectors have no columns.' });
  if (rows < 2) throw new HarnessError('DATA', { what: `Regression needs at least two texts, got ${rows}.` });
  const at = targets.findIndex((target) => !Number.isFinite(target));
  if (at !== -1) throw new HarnessError('DATA', { what: `The target of text ${at} is ${targets[at]}, not a number.` });
  const wrong = data.findIndex((x) => !Number.isFinite(x));
  if (wrong !== -1) {
    throw new HarnessError('DATA', { what: `The vector of text ${Math.floor(wrong / cols)} holds ${data[wrong]}, not a number.` });
  }
}

/** Mean of the targets, and their deviations from it: exactly 0 if they are all equal. */
export function centredTargets(targets: Float64Array): { readonly mean: number; readonly centred: Float64Array } {
  const first = targets[0]!;
  const mean = first + targets.reduce((sum, target) => sum + (target - first), 0) / targets.length;
  return { mean, centred: targets.map((target) => target - mean) };
}
