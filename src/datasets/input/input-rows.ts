import type { Encoding } from '../encodings.ts';
import { openDelimited, type DelimitedParams } from '../delimited/rows.ts';
import type { Dialect } from '../delimited/records.ts';
import type { Fault } from '../faults.ts';
import { plainLines } from '../plain-lines.ts';
import { columnAt, isFault } from '../table.ts';
import type { Column } from '../table-row.ts';
import type { TextSource } from '../text-source.ts';
import type { InputFormat } from './input-format.ts';
import { usable, type InputRow } from './input-row.ts';
import { jsonInputRows } from './json-input.ts';

/** Texts of an input, row by row. */
export interface InputTable {
  readonly format: InputFormat;
  /** Columns of a text table; undefined for other formats. */
  readonly header: readonly string[] | undefined;
  /** How a text table is read. */
  readonly dialect: Dialect | undefined;
  readonly rows: AsyncIterable<InputRow | Fault>;
}

export interface RowsParams extends Pick<DelimitedParams, 'delimiter' | 'find' | 'dialect'> {
  readonly source: TextSource;
  readonly format: InputFormat;
  /** Column of the texts; plain lines have none. */
  readonly textColumn: string;
  /** Column of the second text, if rows are pairs. */
  readonly pairColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  /** Missing labels in all rows are not an error. */
  readonly isLabelOptional?: boolean | undefined;
  /** As requested: hints in messages depend on it. */
  readonly encoding: Encoding;
}

/**
 * Rows of an input of known format, with the invalid ones. A text may be empty, and a label missing. Throws OPTION for a missing column,
 * FORMAT if reading cannot continue.
 */
export async function inputRows(params: RowsParams): Promise<InputTable> {
  const { source, format, textColumn, pairColumn, labelColumn, isLabelOptional, find } = params;
  switch (format) {
    case 'csv':
    case 'tsv':
      return delimitedInput(params);
    case 'jsonl':
    case 'json':
      return {
        format,
        header: undefined,
        dialect: undefined,
        rows: jsonInputRows({ source, format, textColumn, pairColumn, labelColumn, isLabelOptional, find }),
      };
    case 'lines':
      return { format, header: undefined, dialect: undefined, rows: lineRows(source) };
    default:
      return format satisfies never;
  }
}

async function delimitedInput(params: RowsParams): Promise<InputTable> {
  const { source, format, textColumn, pairColumn, labelColumn, isLabelOptional = false, encoding, delimiter, find, dialect } = params;
  const columns: Column[] = [{ role: 'text', name: textColumn }];
  if (pairColumn !== undefined) columns.push({ role: 'pair', name: pairColumn });
  if (labelColumn !== undefined && !isLabelOptional) columns.push({ role: 'label', name: labelColumn });
  const file = { name: source.name, path: source.path, split: 'all' as const };
  const natural = format === 'tsv' ? '\t' : ',';
  const table = await openDelimited({ source, file, natural, encoding, columns, delimiter, find, dialect });
  if (table === undefined) return { format, header: [], dialect: undefined, rows: none() };
  const [textAt, pairAt] = table.numbers as [number, number];
  const labelAt = labelColumn === undefined ? -1 : columnAt(table.header, labelColumn);
  const rows = async function* (): AsyncGenerator<InputRow | Fault> {
    for await (const row of table.rows) {
      if (isFault(row)) yield row;
      else {
        const second = pairColumn === undefined ? undefined : row.fields[pairAt];
        yield usable(
          { text: row.fields[textAt], second, label: row.fields[labelAt], at: row.line, fields: row.fields },
          { textColumn, pairColumn },
        );
      }
    }
  };
  return { format, header: table.header, dialect: table.dialect, rows: rows() };
}

async function* none(): AsyncGenerator<never> {}

async function* lineRows(source: TextSource): AsyncGenerator<InputRow | Fault> {
  for await (const line of plainLines(source)) yield isFault(line) ? line : { text: line.text, at: line.number };
}
