import { parquetMetadataAsync, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { structEnd } from './thrift.ts';

/** The metadata stand at the end: a struct, its length in 4 bytes, "PAR1". */
const TAIL_BYTES = 8;
const MAGIC = 0x31524150;

/** What a file says of its columns and row groups. Throws where it is no Parquet file, or says what cannot be. */
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
