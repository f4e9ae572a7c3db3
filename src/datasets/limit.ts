import { HarnessError, option } from '../errors.ts';
import { SPLITS, type Example, type Split, type Task } from './dataset.ts';
import { stratifiedSample } from './sample.ts';
import { drawnWord, stratumOf } from './task.ts';

/** Maximum texts of a dataset, or of each split named: the others are kept as a whole, and 0 drops a split. */
export type Limit = number | Readonly<Partial<Record<Split, number>>>;

export interface Limited {
  /** Rows that are kept, ascending. */
  readonly rows: readonly number[];
  /** Description: empty if all are kept. */
  readonly sample: string;
}

/** Throws OPTION for a limit of a split that the dataset does not have. A limit of 0 for it is allowed. */
export function checkLimit(examples: readonly Example[], limit: Limit | undefined, key: string): void {
  if (limit === undefined || typeof limit === 'number') return;
  const has = new Set(examples.map(({ split }) => split));
  const missing = SPLITS.find((split) => (limit[split] ?? 0) > 0 && !has.has(split));
  if (missing === undefined) return;
  throw new HarnessError('OPTION', {
    where: option('limit'),
    what:
      `"${missing}=${limit[missing]}" limits a split that ${key} does not have. Splits: ` +
      `${SPLITS.filter((split) => has.has(split)).join(', ')}.`,
    hint: 'Omit it.',
  });
}

export interface LimitParams {
  readonly limit: Limit | undefined;
  readonly seed: number;
  readonly task: Task;
}

/** Rows of a seeded sample, stratified by class. Throws OPTION for an invalid limit. */
export function limitedRows(examples: readonly Example[], { limit, seed, task }: LimitParams): Limited {
  const word = drawnWord(task);
  const stratum = (row: number) => stratumOf(examples[row]!, task);
  const drawn = (of: readonly number[], size: number) => stratifiedSample({ classes: of.map(stratum), size, seed }).map((at) => of[at]!);
  const all = [...examples.keys()];
  if (limit === undefined) return { rows: all, sample: '' };
  if (typeof limit === 'number') {
    const rows = drawn(all, limit);
    return { rows, sample: rows.length === all.length ? '' : `${word} ${rows.length} of ${all.length}, seed ${seed}` };
  }
  const said: string[] = [];
  const rows = SPLITS.flatMap((split) => {
    const own = all.filter((row) => examples[row]!.split === split);
    const most = limit[split] ?? own.length;
    if (own.length <= most) return own;
    said.push(`${split} ${most} of ${own.length}`);
    return most === 0 ? [] : drawn(own, most);
  }).toSorted((a, b) => a - b);
  return { rows, sample: said.length === 0 ? '' : `${word} ${said.join(', ')}, seed ${seed}` };
}

/** Maximum texts per split of a dataset with these counts under a limit. */
export function limitedCounts(
  counts: Readonly<Partial<Record<Split, number>>>,
  limit: Limit | undefined,
): Record<Split, number> & { readonly all: number } {
  const of = (split: Split) => Math.min(counts[split] ?? 0, (typeof limit === 'number' ? limit : limit?.[split]) ?? Infinity);
  const [train, dev, test] = [of('train'), of('dev'), of('test')];
  const sum = train + dev + test;
  return { train, dev, test, all: typeof limit === 'number' ? Math.min(limit, sum) : sum };
}

/** Parses the limit that a sample was drawn with from its description; undefined if all were kept. */
export function limitFrom(sample: string): { readonly limit: Limit; readonly seed: number } | undefined {
  const [, said, seed] = /(?:^|; )(?:stratified|random) ([^;]+), seed (\d+)/.exec(sample) ?? [];
  if (said === undefined) return undefined;
  const [, whole] = /^(\d+) of \d+$/.exec(said) ?? [];
  const ofSplit = (split: Split): [Split, number][] =>
    [...said.matchAll(new RegExp(`${split} (\\d+) of`, 'g'))].map(([, most]) => [split, Number(most)]);
  return { limit: whole === undefined ? Object.fromEntries(SPLITS.flatMap(ofSplit)) : Number(whole), seed: Number(seed) };
}
