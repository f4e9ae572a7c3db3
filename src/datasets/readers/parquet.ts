import type { SchemaTree } from 'hyparquet';
import { HarnessError, reason } from '../../errors.ts';
import { badRow, type ReaderFile } from '../reader.ts';
import { findColumns, tableReader, type TableRows } from '../table.ts';

/** Stands where the text would be until the row is known. */
const NOT_UTF8 = Symbol('not UTF-8');
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const parsers = {
  stringFromBytes(bytes: Uint8Array | undefined): unknown {
    if (bytes === undefined) return undefined; // a null of an optional column
    try {
      return utf8.decode(bytes);
    } catch {
      return NOT_UTF8;
    }
  },
};

/** Parquet, of which only the columns named are read, a row group at a time. A label may be a list. */
export const parquetRows: TableRows = async function* ({ file, columns }) {
  // Loaded where such a file is read: every start would wait for them.
  const [{ asyncBufferFromFile, parquetReadObjects, parquetSchema }, { compressors, checkPages }, { readMetadata }, { Budget }] = await Promise.all([
    import('hyparquet'), import('../parquet/pages.ts'), import('../parquet/metadata.ts'), import('../parquet/budget.ts'),
  ]);
  const buffer = await readable(file, () => asyncBufferFromFile(file.path));
  const metadata = await readable(file, () => readMetadata(buffer));
  findColumns(columns, await readable(file, () => columnNames(parquetSchema(metadata))), file);
  const names = [...new Set(columns.map(({ name }) => name))];
  // Rows come as objects, and that is what an object inherits from.
  if (names.includes('__proto__')) throw new HarnessError('FORMAT', { where: file.name, what: 'A column named "__proto__" cannot be read.', mend: 'Give it another name.' });
  const budget = new Budget(buffer.byteLength);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await readable(file, async () => {
      budget.take({ values: Number(group.num_rows) });
      for (const { meta_data: column } of group.columns) {
        if (column !== undefined && names.includes(column.path_in_schema[0]!)) await checkPages({ file: buffer, metadata, column, budget });
      }
      return parquetReadObjects({ file: buffer, metadata, columns: names, rowStart, rowEnd, compressors, parsers });
    });
    for (const [i, row] of rows.entries()) {
      const at = `row ${rowStart + i + 1}`;
      const cells = columns.map(({ name }) => row[name] as unknown);
      if (cells.flat().includes(NOT_UTF8)) throw badRow(file, at, 'The row has bytes that are not UTF-8.');
      yield { cells, at };
    }
    rowStart = rowEnd;
  }
};

export const parquet = tableReader(parquetRows);

function columnNames({ children }: SchemaTree): string[] {
  return children.map(({ element: { name } }, i) => {
    if (typeof name !== 'string') throw new Error(`column ${i + 1} has no name`);
    return name;
  });
}

async function readable<T>(file: ReaderFile, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new HarnessError('FORMAT', { where: file.name, what: `The Parquet file cannot be read: ${reason(error)}.` }, { cause: error });
  }
}
