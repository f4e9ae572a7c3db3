import type { AsyncBuffer, ColumnMetaData, FileMetaData, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';
import { compressors as unchecked } from 'hyparquet-compressors';
import type { Budget } from './budget.ts';
import { checkRuns } from './runs.ts';
import { structEnd, varint } from './thrift.ts';
import { zstdBytes } from './zstd.ts';

/** Decompressors that never return more than the page's declared size. */
export const compressors: typeof unchecked = {
  ...unchecked,
  ZSTD: (input, length) => {
    if (zstdBytes(input) > length) throw new Error(`a page claims ${length} bytes but has more`);
    return unchecked.ZSTD!(input, length);
  },
};

export interface ColumnParams {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly column: ColumnMetaData;
  readonly budget: Budget;
}

/**
 * Validates the pages of a column of a row group. Throws for an impossible number: the library allocates lists of the declared length
 * before it has the values.
 */
export async function checkPages({ file, metadata, column, budget }: ColumnParams): Promise<void> {
  const from = Number(column.dictionary_page_offset || column.data_page_offset);
  const length = Number(column.total_compressed_size);
  if (!(from >= 0 && length >= 0 && from + length <= file.byteLength))
    throw new Error(`a column claims ${length} bytes from byte ${from}, but the file has ${file.byteLength}`);
  const reader = { view: new DataView(await file.slice(from, from + length)), offset: 0 };
  const levels = levelsOf(metadata, column);
  // The library ignores a last single byte.
  while (reader.offset < reader.view.byteLength - 1) {
    const end = structEnd(reader.view, reader.offset);
    const header = parquetHeader(reader);
    if (reader.offset !== end) throw new Error(`unreadable page header at byte ${from + reader.offset}`);
    const size = header.compressed_page_size;
    if (!(size >= 0 && end + size <= reader.view.byteLength))
      throw new Error(`a page claims ${size} bytes, but ${reader.view.byteLength - end} follow`);
    checkPage(new Uint8Array(reader.view.buffer, end, size), { header, column, levels, budget });
    reader.offset = end + size;
  }
}

/** Bits of the levels before the values of a page; 0 if there are none. */
interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

function levelsOf({ schema }: FileMetaData, { path_in_schema: path }: ColumnMetaData): Levels {
  const nodes = getSchemaPath(schema, path);
  return { repetition: bitsOf(getMaxRepetitionLevel(nodes)), definition: bitsOf(getMaxDefinitionLevel(nodes)) };
}

function bitsOf(level: number): number {
  return 32 - Math.clz32(level);
}

interface Page {
  readonly header: PageHeader;
  readonly column: ColumnMetaData;
  readonly levels: Levels;
  readonly budget: Budget;
}

function checkPage(bytes: Uint8Array, page: Page): void {
  const {
    header: { uncompressed_page_size: size, dictionary_page_header: dictionary, data_page_header: first, data_page_header_v2: second },
    column,
    budget,
  } = page;
  budget.take({ bytes: size });
  if (dictionary !== undefined) budget.take({ values: dictionary.num_values });
  else if (first !== undefined) {
    budget.take({ values: first.num_values });
    checkFirstVersion(viewOf(decompressPage(bytes, size, column.codec, compressors)), page, first);
  } else if (second !== undefined) {
    budget.take({ values: Math.max(second.num_values, second.num_rows) });
    checkSecondVersion(bytes, page, second);
  }
}

/** Levels, each after its length, and values, all compressed. */
function checkFirstVersion(
  view: DataView,
  { column, levels }: Page,
  { num_values: values, encoding }: NonNullable<PageHeader['data_page_header']>,
): void {
  let at = 0;
  for (const width of [levels.repetition, levels.definition]) {
    if (width === 0) continue;
    checkRuns(view, { from: at + 4, width, values });
    at += 4 + view.getUint32(at, true);
  }
  checkValues(view, { at, values, encoding, type: column.type });
}

/** Levels first, uncompressed, with lengths from the header. */
function checkSecondVersion(
  bytes: Uint8Array,
  { header, column, levels }: Page,
  page: NonNullable<PageHeader['data_page_header_v2']>,
): void {
  const {
    num_values: values,
    num_nulls: nulls,
    definition_levels_byte_length: definition,
    repetition_levels_byte_length: repetition,
    encoding,
  } = page;
  if (!(nulls >= 0 && nulls <= values && definition >= 0 && repetition >= 0))
    throw new Error(`a page claims ${nulls} nulls among ${values} values`);
  const view = viewOf(bytes);
  if (levels.repetition > 0) checkRuns(view, { from: 0, width: levels.repetition, values });
  if (levels.definition > 0) checkRuns(view, { from: repetition, width: levels.definition, values });
  const packed = bytes.subarray(definition + repetition);
  const plain =
    page.is_compressed === false
      ? packed
      : decompressPage(packed, header.uncompressed_page_size - definition - repetition, column.codec, compressors);
  checkValues(viewOf(plain), { at: 0, values, encoding, type: column.type });
}

interface Values {
  readonly at: number;
  readonly values: number;
  readonly encoding: string;
  readonly type: string;
}

/** Values that declare their own number. */
function checkValues(view: DataView, { at, values, encoding, type }: Values): void {
  if (at >= view.byteLength) return;
  if (type === 'BOOLEAN' && encoding === 'RLE') checkRuns(view, { from: at + 4, width: 1, values });
  else if (encoding === 'RLE' || encoding.endsWith('_DICTIONARY')) checkRuns(view, { from: at + 1, width: view.getUint8(at), values });
  else if (encoding === 'DELTA_BINARY_PACKED') {
    const block = varint(view, at);
    const miniblocks = varint(view, block.end).value;
    if (miniblocks > view.byteLength) throw new Error(`a page of ${view.byteLength} bytes claims ${miniblocks} miniblocks`);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
