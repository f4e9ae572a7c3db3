import { kindOf } from './cell-kind.ts';
import type { Example } from './dataset.ts';
import type { Fault } from './faults.ts';
import { numberLabel, trimLabel } from './labels.ts';
import { splitOf, type ReaderFile } from './reader.ts';
import { isDoubtful, splitNamed } from './split-words.ts';
import type { Column, TableRow } from './table-row.ts';

export interface RowParams {
  readonly row: TableRow;
  /** Text, label, and the split's where there is one. */
  readonly columns: readonly Column[];
  readonly labelSeparator: string | undefined;
  readonly file: ReaderFile;
  /** What was seen in the cells, over all rows. */
  readonly seen: Seen;
}

/** What labels looked like before they were names. */
export interface Seen {
  /** Some label was a truth value of its format. */
  booleans: boolean;
  /** Labels that white space was taken off. */
  trimmed: number;
  /** Some cell had the separator in it. */
  separator: boolean;
  /** Words for dev that others take for test. */
  readonly doubtful: Set<string>;
}

/** A row as an example, or why it is none. The text may be empty, as a file may well say that nothing was written; a label may not. */
export function exampleOf({ row: { cells, at }, columns, labelSeparator, file, seen }: RowParams): Example | Fault {
  const [text, label, split] = cells;
  const wrong = (column: number, got: unknown, want: 'text' | 'label' | 'split', mend?: string): Fault => ({ kind: want, at, what: `Column "${columns[column]?.name}" is ${kindOf(got)}, not a ${want}.`, mend });
  if (typeof text !== 'string') return wrong(0, text, 'text');
  const labels = new Set<string>();
  for (const cell of labelCells(label, labelSeparator, seen)) {
    const name = labelName(cell);
    if (name === undefined) return wrong(1, cell, 'label');
    const trimmed = trimLabel(name);
    if (trimmed === '') return { kind: 'label', at, what: 'The label is empty.' };
    labels.add(trimmed);
    if (typeof cell === 'boolean') seen.booleans = true;
    // Between labels of a cell a blank is usual.
    if (trimmed !== name && labelSeparator === undefined) seen.trimmed++;
  }
  if (labels.size === 0) return { kind: 'label', at, what: 'The label is empty.' };
  if (columns.length < 3) return { text, labels: [...labels], split: splitOf(file) };
  const named = typeof split === 'string' ? splitNamed(trimLabel(split)) : undefined;
  if (named === undefined) return wrong(2, split, 'split', 'Splits are train, dev (or validation, valid, val, eval) and test.');
  if (isDoubtful(trimLabel(split as string))) seen.doubtful.add(trimLabel(split as string));
  return { text, labels: [...labels], split: named };
}

function labelCells(cell: unknown, separator: string | undefined, seen: Seen): unknown[] {
  if (Array.isArray(cell)) return cell;
  if (typeof cell !== 'string' || separator === undefined) return [cell];
  // ", " stands between labels where "," does: they are trimmed. Of blanks there may be several.
  const bare = separator.trim();
  if (cell.includes(bare === '' ? separator : bare)) seen.separator = true;
  return bare === '' ? cell.trim().split(separator).filter((piece) => piece.trim() !== '') : cell.split(bare);
}

function labelName(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return String(cell);
  return typeof cell === 'bigint' || (typeof cell === 'number' && Number.isFinite(cell)) ? numberLabel(cell) : undefined;
}
