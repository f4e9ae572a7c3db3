import { option } from '../errors.ts';
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
  /** Titles of the dropped columns that are not empty. */
  readonly dropped: readonly string[];
}

/**
 * Fits a table to the terminal: columns that do not fit are dropped by importance, empty ones first, and listed. Names are cut only if all
 * that may be dropped is gone. The first `names` columns are text.
 */
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
  while (draw(Number.POSITIVE_INFINITY).width > width) {
    const least = leastImportant(kept);
    if (least === undefined) break;
    kept = kept.filter((column) => column !== least);
  }
  return {
    text: draw(width).text,
    dropped: columns.filter((column) => !kept.includes(column) && column.title !== '' && !isEmpty(column)).map(({ title }) => title),
  };
}

function leastImportant(columns: readonly FitColumn[]): FitColumn | undefined {
  const weight = (column: FitColumn): number => (isEmpty(column) ? Number.NEGATIVE_INFINITY : column.importance!);
  return columns
    .filter(({ importance }) => importance !== undefined)
    .reduce<FitColumn | undefined>((least, each) => (least === undefined || weight(each) <= weight(least) ? each : least), undefined);
}

function isEmpty({ texts }: FitColumn): boolean {
  return texts.every((text) => text === '');
}

/** What to read below a table with dropped columns, and the flag that shows them. */
export function notShown(dropped: readonly string[], width: number): string[] {
  return dropped.length === 0 ? [] : [wrapped(`Not shown at this width: ${listed(dropped)}; ${option('wide')} shows all.`, width)];
}

export interface FitRowsParams extends GridParams {
  /** By title: the lowest is dropped first, those without one stay. */
  readonly importance: Readonly<Record<string, number>>;
}

/** The same for rows, with a line below that lists the dropped columns. */
export function fitRows({ head, rows, importance, ...grid }: FitRowsParams): string {
  const columns = head.map((title, at): FitColumn => ({ title, texts: rows.map((row) => row[at]!), importance: own(importance, title) }));
  const { text, dropped } = fitColumns({ ...grid, columns, count: rows.length });
  return [text, ...notShown(dropped, grid.width)].join('\n');
}
