import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * The bytes of a tar, unpacked where it is gzipped. node-tar would unpack it too, but each chunk at once, up to a thousand times as large,
 * and whatever follows the archive's end it copies together anew for each piece: minutes for a hundred kilobytes.
 */
export function openTar(file: string): Readable {
  const source = createReadStream(file);
  const [first, second] = firstBytes(file);
  if (first !== 0x1f || second !== 0x8b) return source;
  const gunzip = createGunzip();
  // What is wrong with either is an error of the second.
  pipeline(source, gunzip, () => {});
  return gunzip;
}

/** None where the file cannot be read: the stream says why. */
function firstBytes(file: string): Uint8Array {
  const bytes = new Uint8Array(2);
  try {
    const handle = openSync(file, 'r');
    try {
      readSync(handle, bytes);
    } finally {
      closeSync(handle);
    }
  } catch {
    // as above
  }
  return bytes;
}
