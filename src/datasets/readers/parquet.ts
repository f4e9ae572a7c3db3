import type { FileMetaData, SchemaTree } from 'hyparquet';
import { bounded, HarnessError, reason } from '../../errors.ts';
import { parquetClassNames, type ClassNames } from '../class-names.ts';
import type { Fault } from '../faults.ts';
import type { ReaderFile } from '../reader.ts';
import { findColumns, tableReader, type TableRows } from '../table.ts';
import type { TableRow } from '../table-row.ts';

/** Placeholder for an invalid text until the row is known. */
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

/** Parquet; only the named columns are read, a row group at a time. A label may be a list; class numbers are replaced by class names. */
export const parquetRows: TableRows = async function* ({ file, columns, find = () => {} }) {
  // Loaded only for such files, as it would slow down every start.
  const [{ asyncBufferFromFile, parquetReadObjects, parquetSchema }, { compressors, checkPages }, { readMetadata }, { Budget }] =
    await Promise.all([
      import('hyparquet'),
      import('../parquet/pages.ts'),
      import('../parquet/metadata.ts'),
      import('../parquet/budget.ts'),
    ]);
  const buffer = await readable(file, () => asyncBufferFromFile(file.path));
  const metadata = await readable(file, () => readMetadata(buffer));
  const schema = await readable(file, () => parquetSchema(metadata));
  const header = await readable(file, () => columnNames(schema));
  const names = findColumns(columns, header, { file }).map((number) => header[number]!);
  const labelAt = columns.findIndex(({ role }) => role === 'label');
  const classNames = labelAt < 0 ? undefined : classNamesIn(metadata, { column: names[labelAt]!, find });
  const write = labelAt < 0 ? undefined : numberWriter(schema, names[labelAt]!);
  // Rows are returned as objects, which inherit this property.
  if (names.includes('__proto__')) {
    throw new HarnessError('FORMAT', {
      where: file.name,
      what: 'A column named "__proto__" cannot be read.',
      hint: 'Use another name.',
    });
  }
  const budget = new Budget(buffer.byteLength);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await readable(file, async () => {
      budget.take({ values: Number(group.num_rows) });
      for (const { meta_data: column } of group.columns) {
        if (column !== undefined && names.includes(column.path_in_schema[0]!)) await checkPages({ file: buffer, metadata, column, budget });
      }
      return parquetReadObjects({ file: buffer, metadata, columns: [...new Set(names)], rowStart, rowEnd, compressors, parsers });
    });
    for (const [i, row] of rows.entries()) {
      const at = `row ${rowStart + i + 1}`;
      const cells = names.map((name, column) =>
        column === labelAt && write !== undefined ? each(row[name], write) : (row[name] as unknown),
      );
      if (cells.flat().includes(NOT_UTF8)) yield { kind: 'bytes', at, what: 'The row contains bytes that are not UTF-8.' };
      else yield classNames === undefined ? { cells, at } : named({ cells, at }, { labelAt, classNames });
    }
    rowStart = rowEnd;
  }
};

export const parquet = tableReader(parquetRows);

/** Names of a file's columns. Throws FORMAT if it cannot be read. */
export async function parquetColumns(file: ReaderFile): Promise<string[]> {
  const [{ asyncBufferFromFile, parquetSchema }, { readMetadata }] = await Promise.all([
    import('hyparquet'),
    import('../parquet/metadata.ts'),
  ]);
  return readable(file, async () => columnNames(parquetSchema(await readMetadata(await asyncBufferFromFile(file.path)))));
}

/** A column's class names, which are reported; undefined if it has none. */
function classNamesIn(
  { key_value_metadata: metadata }: FileMetaData,
  { column, find }: { column: string; find: (sentence: string) => void },
): ClassNames | undefined {
  try {
    const names = parquetClassNames(metadata, column);
    if (names !== undefined) {
      find(
        `The classes of column "${column}" are named in the file metadata: ${names
          .slice(0, SHOWN)
          .map((name) => bounded(name, SHOWN_LETTERS))
          .join(', ')}${names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''}.`,
      );
    }
    return names;
  } catch (error) {
    find(`Its feature metadata cannot be read (${bounded(reason(error), SHOWN_LETTERS)}): class names may be missing.`);
    return undefined;
  }
}

/** Maximum names, and characters of each, listed. */
const SHOWN = 5;
const SHOWN_LETTERS = 40;

/** A row with its label by name. -1 means no label. */
function named({ cells, at }: TableRow, { labelAt, classNames }: { labelAt: number; classNames: ClassNames }): TableRow | Fault {
  const label = cells[labelAt];
  const numbers = [label].flat();
  const odd = numbers.find((number) => isNumber(number) && !Object.hasOwn(classNames, Number(number)));
  if (odd !== undefined) {
    return {
      kind: 'label',
      at,
      what:
        Number(odd) === -1
          ? 'The label is -1, which means unlabelled.'
          : `The label ${String(odd)} is not one of the ${classNames.length} classes of the file.`,
    };
  }
  const nameOf = (value: unknown) => (isNumber(value) ? classNames[Number(value)] : value);
  return { cells: cells.map((cell, i) => (i === labelAt ? each(cell, nameOf) : cell)), at };
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function each(cell: unknown, map: (value: unknown) => unknown): unknown {
  return Array.isArray(cell) ? cell.map(map) : map(cell);
}

/** Digits that are enough to distinguish any two 32-bit floats. */
const FLOAT32_DIGITS = 9;
/** Bits of the fraction, and the minimum exponent, of 32-bit and 16-bit floats. */
const FLOAT_BITS = { single: { fraction: 23, least: -126 }, half: { fraction: 10, least: -14 } } as const;

/**
 * Formats numbers of a column as their shortest decimals, if those of its type are shorter than those of a double: 0.1 of 32 bits, 0.3 of a
 * decimal.
 */
function numberWriter(schema: SchemaTree, column: string): ((value: unknown) => unknown) | undefined {
  let leaf = schema.children.find(({ element: { name } }) => name === column);
  while (leaf?.children[0] !== undefined) leaf = leaf.children[0];
  if (leaf?.element.converted_type === 'DECIMAL') {
    return (value) => (typeof value === 'number' ? Number(value.toFixed(Math.min(leaf.element.scale ?? 0, 100))) : value);
  }
  const bits =
    leaf?.element.type === 'FLOAT' ? FLOAT_BITS.single : leaf?.element.logical_type?.type === 'FLOAT16' ? FLOAT_BITS.half : undefined;
  return bits === undefined ? undefined : (value) => (typeof value === 'number' ? shortest(value, bits) : value);
}

/** The shortest decimal that is closer to the number than to any other of its type. */
function shortest(value: number, { fraction, least }: { fraction: number; least: number }): number {
  const exponent = Math.log2(Math.abs(value));
  const step = 2 ** (Math.max(Math.floor(exponent), least) - fraction);
  for (let digits = 1; digits <= FLOAT32_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    // Below a power of 2 the numbers are denser.
    if (Math.abs(short - value) < step / (Number.isInteger(exponent) ? 4 : 2)) return short;
  }
  return value;
}

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
