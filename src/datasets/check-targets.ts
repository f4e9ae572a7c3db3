import { comparable } from './equal-texts.ts';
import { SPLITS, type Dataset, type RegressionDataset, type Split } from './dataset.ts';

/** Statistics of the target numbers. */
export interface TargetCheck {
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly deviation: number;
  /** Of QUANTILES, interpolated linearly as numpy's default. */
  readonly quantiles: readonly number[];
  /** Number of distinct values. */
  readonly distinct: number;
  /** The most frequent number, the smallest of equally frequent ones. */
  readonly frequent: { readonly target: number; readonly rows: number };
  /** Dev and test, if all their rows have the same number, with which correlation is undefined. */
  readonly constant: readonly ConstantSplit[];
}

export interface ConstantSplit {
  readonly split: Exclude<Split, 'train'>;
  readonly target: number;
  readonly rows: number;
}

export const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

export function targetCheck({ targets, split }: Pick<RegressionDataset, 'targets' | 'split'>): TargetCheck {
  const sorted = targets.toSorted();
  const n = sorted.length;
  const mean = sorted.reduce((sum, target) => sum + target, 0) / n;
  const variance = sorted.reduce((sum, target) => sum + (target - mean) ** 2, 0) / n;
  const counts = new Map<number, number>();
  for (const target of sorted) counts.set(target, (counts.get(target) ?? 0) + 1);
  const [target, rows] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
  return {
    least: sorted[0]!,
    most: sorted[n - 1]!,
    mean,
    deviation: Math.sqrt(variance),
    quantiles: QUANTILES.map((share) => quantile(sorted, share)),
    distinct: counts.size,
    frequent: { target, rows },
    constant: (['dev', 'test'] as const).flatMap((each) => {
      const [first, ...others] = targets.filter((_, row) => SPLITS[split[row]!] === each);
      return first === undefined || others.some((other) => other !== first)
        ? []
        : [{ split: each, target: first, rows: others.length + 1 }];
    }),
  };
}

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const next = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (at - below) * (sorted[next]! - sorted[below]!);
}

/** Findings about text pairs. */
export interface PairCheck {
  /** Rows with both texts of an earlier row in the other order. */
  readonly swapped: number;
  /** Rows with two equal texts. */
  readonly equal: number;
  /** Rows whose second text is only white space. */
  readonly emptySeconds: number;
}

/** Undefined for single texts. */
export function pairCheck({ texts, seconds }: Pick<Dataset, 'texts' | 'seconds'>): PairCheck | undefined {
  if (seconds === undefined) return undefined;
  const seen = new Set<string>();
  let [swapped, equal, emptySeconds] = [0, 0, 0];
  for (const [row, text] of texts.entries()) {
    const [first, second] = [comparable(text), comparable(seconds[row]!)];
    equal += Number(first === second);
    emptySeconds += Number(second === '');
    if (first !== second) swapped += Number(seen.has(`${second}\0${first}`));
    seen.add(`${first}\0${second}`);
  }
  return { swapped, equal, emptySeconds };
}
