import type { Fault } from './faults.ts';
import { badRow } from './faults.ts';
import type { ReaderFile } from './reader.ts';
import { columnAt, isAmbiguous, missingColumn } from './table.ts';
import type { Column, TableRow } from './table-row.ts';

/** Number of rows after which a column that none of them had is missing. */
const LOOKED_AT = 1000;

/** JSON objects as rows. A row without a column is invalid; a column that no row has is missing. */
export class JsonRows {
  readonly #columns: readonly Column[];
  readonly #file: ReaderFile;
  readonly #found = new Set<Column>();
  #keys: readonly string[] | undefined;
  #place: string | undefined;
  #rows = 0;

  constructor(columns: readonly Column[], file: ReaderFile) {
    this.#columns = columns;
    this.#file = file;
  }

  /** Throws OPTION if none of the first rows has a column. */
  row(value: unknown, at: number | string): TableRow | Fault {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { kind: 'json', at, what: typeof at === 'number' ? 'The line is not a JSON object.' : 'This is not a JSON object.' };
    }
    const row = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(row);
    this.#keys ??= keys;
    this.#place ??= typeof at === 'number' ? `${this.#file.name}:${at}` : `${this.#file.name}: ${at}`;
    const cells: unknown[] = [];
    let fault: Fault | undefined;
    for (const column of this.#columns) {
      const key = keys[columnAt(keys, column.name)];
      if (isAmbiguous(keys, column.name)) throw badRow(this.#file, at, `Duplicate column "${column.name}".`, 'Rename one of them.');
      if (key === undefined) fault ??= { kind: column.role, at, what: `No "${column.name}" field.` };
      else this.#found.add(column);
      const cell = key === undefined ? undefined : row[key];
      if (column.role === 'label' && [cell].flat().some(losesDigits)) {
        fault ??= {
          kind: 'label',
          at,
          what: `The label ${String(cell)} is a number beyond 2^53, which JSON parsers round.`,
          hint: 'Quote it.',
        };
      }
      cells.push(cell);
    }
    this.#rows++;
    if (this.#rows === LOOKED_AT) this.check();
    return fault ?? { cells, at, object: row };
  }

  /** Throws OPTION if no row had a column. */
  check(): void {
    const missing = this.#columns.find((column) => !this.#found.has(column));
    if (missing !== undefined && this.#keys !== undefined) throw missingColumn({ ...missing, header: this.#keys, where: this.#place! });
  }
}

/** 2 ** 53 + 1 in a file is read as 2 ** 53: two labels would be merged. */
function losesDigits(cell: unknown): boolean {
  return typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell);
}
