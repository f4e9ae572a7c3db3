import { Tensor } from '../../graph/runtime.ts';
import { checkRows, type RowGradients, type RowSumParams } from '../optimiser/row-sum.ts';
import { release, type Card } from './card.ts';
import { joinRowsGraph, RESULT, sumRowsGraph } from './card-graphs.ts';
import { rowSumPlan } from './row-sum-levels.ts';

/** Gradient of rows of a table, each row once. */
export interface CardRows {
  readonly ids: readonly number[];
  /** [ids, width] on the card; undefined if there are no rows. */
  readonly values: Tensor | undefined;
}

/**
 * Adds rows, of which one may occur more than once, to those of earlier runs. `values` is on the card; it and `known` are left to the
 * caller to release. Throws SHAPE for rows that the table does not have.
 */
export async function addRows(
  card: Card,
  table: RowSumParams,
  { known, ids, values }: { readonly known: CardRows | undefined; readonly ids: RowGradients['ids']; readonly values: Tensor },
): Promise<CardRows> {
  const { width, ignoreRow } = table;
  checkRows(table, ids, values.size);
  const rank = values.dims.length;
  if (known?.values === undefined) return sumRows(card, { ids: [...ids].map(Number), values }, { rank, width, ignoreRow });
  const graph = () => joinRowsGraph({ rank, width });
  const joined = await card.run(`join ${rank} ${width}`, graph, { feeds: { values: known.values, more: values }, resident: [RESULT] });
  const all = { ids: [...known.ids, ...Array.from(ids, Number)], values: joined[RESULT]! };
  const sums = await sumRows(card, all, { rank: 2, width, ignoreRow });
  release([all.values]);
  return sums;
}

async function sumRows(
  card: Card,
  { ids, values }: { readonly ids: readonly number[]; readonly values: Tensor },
  { rank, width, ignoreRow }: { readonly rank: number; readonly width: number; readonly ignoreRow: number | undefined },
): Promise<CardRows> {
  const plan = rowSumPlan(ids, { ignoreRow });
  let sums: Tensor | undefined;
  for (const { rows, most, index, share } of plan.levels) {
    const shape = { rank: sums === undefined ? rank : 2, width };
    const feeds = {
      values: sums ?? values,
      index: new Tensor('int32', index, [rows, most]),
      share: new Tensor('float32', share, [rows, most, 1]),
    };
    const outputs = await card.run(`sum ${shape.rank} ${width}`, () => sumRowsGraph(shape), { feeds, resident: [RESULT] });
    if (sums !== undefined) release([sums]);
    sums = outputs[RESULT]!;
  }
  return { ids: plan.ids, values: sums };
}
