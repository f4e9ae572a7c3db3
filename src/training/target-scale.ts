import { HarnessError } from '../errors.ts';

/** Scaling of targets for training, and back to their unit: (target - mean) / deviation. */
export interface TargetScale {
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

/**
 * Mean and population standard deviation of the targets of `rows`, those of train. Throws DATA if all are equal: there is nothing to learn
 * then.
 */
export function targetScale(
  { key, targets }: { readonly key: string; readonly targets: Float64Array },
  rows: readonly number[],
): TargetScale {
  const first = targets[rows[0]!];
  if (rows.every((row) => targets[row] === first)) {
    throw new HarnessError('DATA', {
      where: key,
      what: `All ${rows.length} training texts have the same target (${first}): nothing to learn.`,
      hint: 'Give texts of different numbers.',
    });
  }
  const mean = rows.reduce((sum, row) => sum + targets[row]!, 0) / rows.length;
  const variance = rows.reduce((sum, row) => sum + (targets[row]! - mean) ** 2, 0) / rows.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/**
 * Scaling of targets to the range of cosines: those between -1 and 1 stay as they are; otherwise the minimum of `rows` becomes 0 and the
 * maximum 1, as sentence-transformers' examples divide the 0 to 5 of STS by 5. Throws as `targetScale`.
 */
export function cosineScale(dataset: { readonly key: string; readonly targets: Float64Array }, rows: readonly number[]): TargetScale {
  targetScale(dataset, rows);
  const own = rows.map((row) => dataset.targets[row]!);
  const [least, most] = [own.reduce((a, b) => Math.min(a, b)), own.reduce((a, b) => Math.max(a, b))];
  return least >= -1 && most <= 1 ? { mean: 0, deviation: 1 } : { mean: least, deviation: most - least };
}

/** Standardised targets. */
export function standardised(targets: Float64Array, { mean, deviation }: TargetScale): Float64Array {
  return targets.map((target) => (target - mean) / deviation);
}

/** Standardised numbers in the targets' unit. */
export function inUnit(numbers: Float64Array, { mean, deviation }: TargetScale): Float64Array {
  return numbers.map((number) => mean + deviation * number);
}
