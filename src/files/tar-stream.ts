import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline, Transform, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** node-tar's limit: an archive that expands more is a decompression bomb. */
const MOST_RATIO = 1000;

/**
 * The bytes of a tar, decompressed if it is gzipped. node-tar would decompress it too, but each chunk at once, up to a thousand times its
 * size, and it copies whatever follows the end of the archive again for each chunk: minutes for a hundred kilobytes.
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
  // An error of any stream is an error of the last.
  pipeline(source, gunzip, bounded, () => {});
  return bounded;
}

/** None if the file cannot be read: the stream reports why. */
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
