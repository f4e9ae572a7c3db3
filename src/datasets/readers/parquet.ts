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
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  const buffer = await readable(file, () => asyncBufferFromFile(file.path));
  const metadata = await readable(file, () => parquetMetadataAsync(buffer));
  findColumns(columns, parquetSchema(metadata).children.map(({ element }) => element.name), file);
  const names = [...new Set(columns.map(({ name }) => name))];
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await readable(file, () => parquetReadObjects({ file: buffer, metadata, columns: names, rowStart, rowEnd, compressors, parsers }));
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

async function readable<T>(file: ReaderFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new HarnessError('FORMAT', { where: file.name, what: `The Parquet file cannot be read: ${reason(error)}.` }, { cause: error });
  }
}
