import type { ResultsDiff } from '../../results/diff.ts';
import { resultName } from '../page/cells.ts';
import type { Difference } from '../page/data.ts';

/** A difference of results in the page's format. */
export function differenceOf({ before, after, cells }: ResultsDiff): Difference {
  return {
    before,
    after,
    cells: cells.map(({ row, change, before: from, after: to, points, test, adjusted, significant, note }) => ({
      dataset: row.dataset,
      cell: resultName(row, row.encoder),
      change,
      before: from,
      after: to,
      points,
      test,
      adjusted,
      significant,
      note,
    })),
  };
}
