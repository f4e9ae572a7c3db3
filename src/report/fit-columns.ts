import { own } from '../own.ts';
import { listed } from './text.ts';
import { wrapped } from './wrapped.ts';
import { formatTable, type Grid, type GridParams } from './text-table.ts';

export interface FitParams extends Omit<GridParams, 'head' | 'rows'> {
  readonly columns: readonly FitColumn[];
  /** Number of rows. */
  readonly count: number;
}

/** A table column that may be dropped on a narrow terminal. */
export interface FitColumn {
  readonly title: string;
  readonly texts: readonly string[];
  /** The lowest is dropped first, of equal ones the last; without one it stays. */
  readonly importance?: number | undefined;
}

export interface Fitted extends Pick<Grid, 'text'> {
  /** Titles of the dropped columns. */
  readonly dropped: readonly string[];
}

/** Names are shortened to this width before a column is dropped, if no other `shortest` is given. */
const READABLE_NAME = 22;

/** Fits a table to the terminal: columns that do not fit are dropped by importance, and listed. The first `names` columns are text. */
export function fitColumns({ columns, count, names, ruled, width, shortest = READABLE_NAME }: FitParams): Fitted {
  let kept = [...columns];
  const draw = (least?: number): Grid =>
    formatTable({
      head: kept.map(({ title }) => title),
      rows: Array.from({ length: count }, (_, at) => kept.map(({ texts }) => texts[at]!)),
      names: kept.filter((column) => columns.indexOf(column) < names).length,
      ruled,
      width,
      shortest: least,
    });
  for (let drawn = draw(shortest); drawn.width > width; drawn = draw(shortest)) {
    const least = leastImportant(kept);
    if (least === undefined) break;
    kept = kept.filter((column) => column !== least);
  }
  return {
    text: draw().text,
    dropped: columns.filter((column) => !kept.includes(column) && column.title !== '').map(({ title }) => title),
  };
}

function leastImportant(columns: readonly FitColumn[]): FitColumn | undefined {
  const loose = columns.filter(({ importance }) => importance !== undefined);
  return loose.reduce<FitColumn | undefined>(
    (least, each) => (least === undefined || each.importance! <= least.importance! ? each : least),
    undefined,
  );
}

export interface FitRowsParams extends Omit<GridParams, 'shortest'> {
  /** By title: the lowest is dropped first, those without one stay. */
  readonly importance: Readonly<Record<string, number>>;
  /** Where the dropped columns are: `--wide shows all`. */
  readonly elsewhere: string;
}

/** The same for rows, with a line below that lists the dropped columns. */
export function fitRows({ head, rows, importance, elsewhere, ...grid }: FitRowsParams): string {
  const columns = head.map((title, at): FitColumn => ({ title, texts: rows.map((row) => row[at]!), importance: own(importance, title) }));
  const { text, dropped } = fitColumns({ ...grid, columns, count: rows.length });
  return dropped.length === 0 ? text : `${text}\n${wrapped(`Not shown at this width: ${listed(dropped)}; ${elsewhere}.`, grid.width)}`;
}
