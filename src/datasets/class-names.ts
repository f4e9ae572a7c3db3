import { kindOf } from './cells.ts';
import { badRow, type ReaderFile } from './reader.ts';
import type { TableRow } from './table.ts';

/**
 * A row whose label, its second cell, is a name where it was the number of a class, by the rules of ClassLabel in the library `datasets`:
 * a number is a place in the names; a text is a name, or else such a number. Throws FORMAT where it is neither.
 */
export function named(row: TableRow, file: ReaderFile, names: readonly string[] | undefined): TableRow {
  if (names === undefined) return row;
  const nameOf = (cell: unknown): unknown => {
    if (cell === null || cell === undefined) return cell;
    const text = typeof cell === 'string' ? cell.trim() : undefined;
    if (text === '' || (text !== undefined && names.includes(text))) return text;
    const number = text === undefined || /^-?\d+(\.0+)?$/.test(text) ? Number(text ?? cell) : Number.NaN;
    // -1: a row of which nobody says the class, as in test sets of competitions.
    if (number === -1) return null;
    const name = Number.isInteger(number) ? names[number] : undefined;
    if (name === undefined) throw badRow(file, row.at, `The label ${kindOf(cell)} is none of the ${names.length} classes that the dataset describes.`);
    return name;
  };
  const [text, label, ...others] = row.cells;
  return { ...row, cells: [text, Array.isArray(label) ? label.map(nameOf) : nameOf(label), ...others] };
}
