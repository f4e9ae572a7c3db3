import { bounded, HarnessError } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';
import { exampleOf } from './cells.ts';
import type { Encoding } from './decode.ts';
import { named } from './hub/label-names.ts';
import { badRow, textOption, type Reader, type ReaderFile, type ReaderParams } from './reader.ts';

const FLAGS = { text: '--text-column', label: '--label-column', split: '--split-column' } as const;

export interface Column {
  readonly role: keyof typeof FLAGS;
  readonly name: string;
}

export interface TableParams {
  readonly file: ReaderFile;
  readonly encoding: Encoding;
  readonly columns: readonly Column[];
}

export interface TableRow {
  /** In the order of the columns asked for. */
  readonly cells: readonly unknown[];
  /** Line of the file, or what stands for it: `row 7`. */
  readonly at: number | string;
}

/** Rows of a table of one's own: CSV, TSV, JSON lines, Parquet. */
export type TableRows = (params: TableParams) => Iterable<TableRow> | AsyncIterable<TableRow>;

/**
 * Makes a reader of a table format. Options `text` (default `text`), `label` (default: the label field), `split` name the
 * columns; `labelSeparator` is what stands between the labels of a cell, which is one label where it is not given.
 */
export function tableReader(rows: TableRows): Reader {
  return async function* ({ files, encoding, options, labelField, classNames }: ReaderParams) {
    const split = textOption(options, 'split');
    const columns: Column[] = [
      { role: 'text', name: textOption(options, 'text') ?? 'text' },
      { role: 'label', name: textOption(options, 'label') ?? labelField },
      ...(split === undefined ? [] : [{ role: 'split', name: split } as const]),
    ];
    const labelSeparator = textOption(options, 'labelSeparator');
    if (labelSeparator === '') throw new HarnessError('OPTION', { where: '--label-separator', what: 'It is empty, and would take each letter for a label.', mend: 'Leave it out where a text has one label.' });
    for (const file of files) {
      for await (const read of rows({ file, encoding, columns })) {
        const row = named(read, classNames);
        if ('what' in row) throw badRow(file, row.at, row.what);
        yield exampleOf({ row, columns, labelSeparator, file });
      }
    }
  };
}

/** Number of each column in a header. Throws OPTION where one is missing, and names those there are. */
export function findColumns(columns: readonly Column[], header: readonly string[], file: ReaderFile): number[] {
  return columns.map(({ role, name }) => {
    const at = header.indexOf(name);
    if (at < 0) throw missingColumn({ role, name, header, where: file.name });
    if (header.includes(name, at + 1)) throw badRow(file, 1, `There are two columns "${name}".`, 'Rename one of them.');
    return at;
  });
}

/** More columns, and more of their names, say no more about the mistake. */
const SHOWN = 20;
const SHOWN_LETTERS = 40;

export function missingColumn({ role, name, header, where }: Column & { readonly header: readonly string[]; readonly where: string }): HarnessError {
  return new HarnessError('OPTION', {
    where,
    what: `There is no column "${name}".${didYouMean(name, header)} There are: ${header.slice(0, SHOWN).map((each) => bounded(each, SHOWN_LETTERS)).join(', ')}${header.length > SHOWN ? `, and ${header.length - SHOWN} more` : ''}.`,
    mend: `Name the ${role}'s with ${FLAGS[role]}.`,
  });
}

/** Cells of a row by their numbers. Throws FORMAT where the row is not as long as the header. */
export function pickCells({ fields, header, numbers, file, line, mend }: PickParams): TableRow {
  if (fields.length !== header.length) {
    throw badRow(file, line, `The row has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${header.length}.`, mend);
  }
  return { cells: numbers.map((number) => fields[number]), at: line };
}

interface PickParams {
  readonly fields: readonly string[];
  readonly header: readonly string[];
  readonly numbers: readonly number[];
  readonly file: ReaderFile;
  readonly line: number;
  /** What to do about a row of another length. */
  readonly mend: string;
}
