import { formatTable, type Grid, type GridParams } from './text-table.ts';

export interface FitParams extends Omit<GridParams, 'head' | 'rows'> {
  readonly columns: readonly FitColumn[];
  /** Rows. */
  readonly count: number;
}

/** A column of a table that may be left out where the terminal is narrow. */
export interface FitColumn {
  readonly title: string;
  readonly texts: readonly string[];
  /** The lowest goes first, of equal ones the last; without one it stays. */
  readonly importance?: number | undefined;
}

export interface Fitted extends Pick<Grid, 'text'> {
  /** Titles of the columns that were left out. */
  readonly dropped: readonly string[];
}

/** A table no wider than the terminal: columns that do not fit are left out by importance, and named. The first `names` are words. */
export function fitColumns({ columns, count, names, ruled, width }: FitParams): Fitted {
  let kept = [...columns];
  const draw = (limit: number): Grid =>
    formatTable({
      head: kept.map(({ title }) => title),
      rows: Array.from({ length: count }, (_, at) => kept.map(({ texts }) => texts[at]!)),
      names: kept.filter((column) => columns.indexOf(column) < names).length,
      ruled,
      width: limit,
    });
  for (let whole = draw(Number.POSITIVE_INFINITY); whole.width > width; whole = draw(Number.POSITIVE_INFINITY)) {
    const least = leastImportant(kept);
    if (least === undefined) break;
    kept = kept.filter((column) => column !== least);
  }
  return { text: draw(width).text, dropped: columns.filter((column) => !kept.includes(column) && column.title !== '').map(({ title }) => title) };
}

function leastImportant(columns: readonly FitColumn[]): FitColumn | undefined {
  const loose = columns.filter(({ importance }) => importance !== undefined);
  return loose.reduce<FitColumn | undefined>((least, each) => (least === undefined || each.importance! <= least.importance! ? each : least), undefined);
}
