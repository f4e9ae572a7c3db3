import { parquetMetadataAsync, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { structEnd } from './thrift.ts';

/** The metadata is at the end: a struct, its length in 4 bytes, "PAR1". */
const TAIL_BYTES = 8;
const MAGIC = 0x31524150;

/** A file's columns and row groups. Throws if it is not a Parquet file, or its metadata is invalid. */
export async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  const { byteLength: size } = file;
  if (size < TAIL_BYTES) throw new Error(`it has ${size} bytes`);
  const tail = new DataView(await file.slice(size - TAIL_BYTES, size));
  if (tail.getUint32(4, true) !== MAGIC) throw new Error('it does not end with "PAR1"');
  const length = tail.getUint32(0, true);
  if (length > size - TAIL_BYTES) throw new Error(`its metadata claims ${length} bytes, but the file has ${size}`);
  structEnd(new DataView(await file.slice(size - TAIL_BYTES - length, size - TAIL_BYTES)), 0);
  return parquetMetadataAsync(file);
}
