import { kindOf } from '../cell-kind.ts';
import type { Fault } from '../faults.ts';
import type { TableRow } from '../table-row.ts';

/** Names of a column's classes, counted from 0. */
export interface LabelNames {
  readonly names: readonly string[];
  /** The file is untyped: what looks like a number is one, even if a class has this name. */
  readonly untyped: boolean;
}

/**
 * A row whose label, its second cell, is replaced by the class name if it is a class number, by the rules of ClassLabel in the library
 * `datasets`: a number is an index; a text is a name, or else such a number. -1 means no label, as in test sets of competitions.
 */
export function named(row: TableRow, labels: LabelNames | undefined): TableRow | Fault {
  if (labels === undefined) return row;
  const [text, label, ...others] = row.cells;
  const cells = [label].flat();
  const found = cells.map((cell) => nameOf(cell, labels));
  const odd = found.indexOf(undefined);
  if (odd >= 0) {
    const what =
      Number(cells[odd]) === -1
        ? 'The label is -1, which means unlabelled.'
        : `The label ${kindOf(cells[odd])} is not one of the ${labels.names.length} classes of the dataset.`;
    return { kind: 'label', at: row.at, what };
  }
  return { ...row, cells: [text, Array.isArray(label) ? found : found[0], ...others] };
}

/** Empty cells stay empty: the reader reports them. */
function nameOf(cell: unknown, { names, untyped }: LabelNames): unknown {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== 'string') return typeof cell === 'number' || typeof cell === 'bigint' ? names[Number(cell)] : undefined;
  const text = cell.trim();
  if (text === '') return text;
  const number = /^-?\d+(?:\.0+)?$/.test(text) ? Number(text) : undefined;
  if (names.includes(text) && (!untyped || number === undefined)) return text;
  return number === undefined ? undefined : names[number];
}
