import type { Table } from './tables.ts';

/** The best result on a dataset over all poolings. */
export interface Best {
  readonly dataset: string;
  readonly encoder: string;
  /** Pooling, and further settings of its table: `cls, k = 10`. */
  readonly place: string;
  readonly score: string;
  /** Comparison value: higher is better. */
  readonly value: number;
  /** Number of other results with the same score. */
  readonly ties: number;
}

export interface BestSet {
  readonly protocol: string;
  readonly split: string;
  readonly winners: readonly Best[];
}

/** Protocols that predict performance on new texts best come first. */
const PREFERRED = [
  ['leave-one-out', 'all'],
  ['leave-one-sentence-out', 'all'],
  ['fit-train', 'test'],
] as const;

/** The best result of each dataset under the most informative protocol; undefined if one table of one pooling shows it already. */
export function bestOfAll(tables: readonly Table[]): BestSet | undefined {
  const choice = PREFERRED.find(([protocol, split]) => tables.some((table) => table.protocol === protocol && table.split === split));
  const protocol = choice?.[0] ?? tables[0]?.protocol ?? '';
  const split = choice?.[1] ?? tables[0]?.split ?? '';
  const chosen = tables.filter((table) => table.protocol === protocol && table.split === split);
  if (chosen.length < 2 && chosen[0]?.layout !== 'poolings') return undefined;

  const winners = new Map<string, Best>();
  for (const table of chosen) {
    for (const { pooling, label, cells } of table.rows) {
      for (const [at, cell] of cells.entries()) {
        if (cell.kind !== 'score') continue;
        const dataset = table.columns[at]!;
        const old = winners.get(dataset);
        if (old === undefined || cell.value > old.value) {
          winners.set(dataset, {
            dataset,
            encoder: label,
            place: [pooling, ...table.apart].join(', '),
            score: cell.text,
            value: cell.value,
            ties: 0,
          });
        } else if (cell.text === old.score) {
          winners.set(dataset, { ...old, ties: old.ties + 1 });
        }
      }
    }
  }
  return { protocol, split, winners: [...winners.values()] };
}
