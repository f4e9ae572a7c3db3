import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** As node-tar has it: what grows more is made to fill disks. */
const MOST_RATIO = 1000;

/**
 * The bytes of a tar, unpacked where it is gzipped. node-tar would unpack it too, but each chunk at once, up to a thousand times as large,
 * and whatever follows the archive's end it copies together anew for each piece: minutes for a hundred kilobytes.
 */
export function openTar(file: string): Readable {
  const source = createReadStream(file);
  const [first, second] = firstBytes(file);
  if (first !== 0x1f || second !== 0x8b) return source;
  const gunzip = createGunzip();
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const ratio = bytes / Math.max(1, gunzip.bytesWritten);
      done(ratio > MOST_RATIO ? new Error(`max decompression ratio exceeded: ${ratio.toFixed(1)} > ${MOST_RATIO}`) : null, chunk);
    },
  });
  // What is wrong with any is an error of the last.
  pipeline(source, gunzip, bounded, () => {});
  return bounded;
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
