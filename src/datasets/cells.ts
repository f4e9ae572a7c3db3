import type { Example, Split } from './dataset.ts';
import { badRow, splitOf, type ReaderFile } from './reader.ts';
import { splitNamed } from './split-words.ts';
import type { Column, TableRow } from './table.ts';

export interface RowParams {
  readonly row: TableRow;
  /** Text, label, and the split's where there is one. */
  readonly columns: readonly Column[];
  readonly labelSeparator: string | undefined;
  readonly file: ReaderFile;
}

/** A row as an example. The text may be empty; a label may not. Throws FORMAT with file:line. */
export function exampleOf({ row: { cells, at }, columns, labelSeparator, file }: RowParams): Example {
  const [text, label, split] = cells;
  const bad = (column: number, got: string, want: string, mend?: string) => badRow(file, at, `Column "${columns[column]?.name}" is ${got}, not a ${want}.`, mend);
  if (typeof text !== 'string') throw bad(0, kindOf(text), 'text');
  const labels = labelCells(label, labelSeparator).map((cell) => {
    const name = labelName(cell);
    if (name === undefined) throw bad(1, kindOf(cell), 'label');
    if (name.trim() === '') throw badRow(file, at, 'The label is empty.');
    return name;
  });
  if (labels.length === 0) throw badRow(file, at, 'The label is empty.');
  if (columns.length < 3) return { text, labels, split: splitOf(file) };
  const named = typeof split === 'string' ? splitNamed(split) : undefined;
  if (named === undefined) throw bad(2, kindOf(split), 'split', 'Splits are train, dev (or validation, valid, val) and test.');
  return { text, labels, split: named satisfies Split };
}

function labelCells(cell: unknown, separator: string | undefined): unknown[] {
  if (Array.isArray(cell)) return cell;
  return typeof cell === 'string' && separator !== undefined ? cell.split(separator) : [cell];
}

function labelName(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell;
  return typeof cell === 'bigint' || typeof cell === 'boolean' || (typeof cell === 'number' && Number.isFinite(cell)) ? String(cell) : undefined;
}

/** Longer cells say no more about the mistake. */
const SHOWN = 60;

/** A cell's value as an error says it. */
export function kindOf(cell: unknown): string {
  if (cell === null || cell === undefined) return 'null';
  if (typeof cell === 'string') return cell.length <= SHOWN ? `"${cell}"` : `"${cell.slice(0, SHOWN)}…"`;
  if (Array.isArray(cell)) return 'a list';
  return typeof cell === 'object' ? 'an object' : `the ${typeof cell} ${String(cell)}`;
}
