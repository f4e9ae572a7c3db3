import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadEntry } from 'tar';
import { HarnessError, reason } from '../../errors.ts';
import { openTar } from '../../files/tar-stream.ts';
import { isDiskError, located } from '../disk.ts';
import { ownPartial, sweepPartials } from '../../files/partial-files.ts';
import { makeFolder } from '../../files/make-folder.ts';

export interface Wanted {
  /** Path inside the package. */
  readonly path: string;
  readonly bytes?: number | undefined;
}

export interface UnpackParams {
  readonly tarball: string;
  /** Paths inside the package to unpack; all others are skipped. */
  readonly wanted: readonly Wanted[];
  readonly to: string;
  /** Name of the archive for messages. */
  readonly name: string;
  readonly maxEntries?: number | undefined;
}

/** Limits: an archive beyond these is meant to fill disks; npm's largest packages have a tenth of both. */
const MOST_ENTRIES = 500_000;
const MOST_BYTES = 8 * 2 ** 30;

/**
 * Unpacks files from an npm tarball. Only requested paths are written, so that a tarball cannot choose a path to write to; links are not
 * files; sizes are limited. Each file is written atomically. Throws FORMAT, SOURCE.
 */
export async function unpack({ tarball, wanted, to, name, maxEntries = MOST_ENTRIES }: UnpackParams): Promise<void> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const taken = new Set<string>();
  const writes: Promise<void>[] = [];
  const reading: ReadEntry[] = [];
  let entries = 0;
  let bytes = 0;
  const { Parser } = await import('tar'); // not needed if everything is unpacked already
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      bytes += entry.size;
      if (++entries > maxEntries || bytes > MOST_BYTES) {
        parser.abort(new Error(`it has more than ${maxEntries} entries or ${MOST_BYTES} bytes`));
        return;
      }
      // The first folder is usually `package`, and is ignored.
      const inside = entry.path.replace(/^\.?\/?[^/]+\//, '');
      if (taken.has(inside)) {
        parser.abort(new Error(`it has two files ${inside}`));
        return;
      }
      const file = missing.get(inside);
      if (file === undefined || entry.type !== 'File') {
        entry.resume();
        return;
      }
      missing.delete(inside);
      taken.add(inside);
      const write = save(entry, file, path.join(to, inside));
      // Awaited below; an earlier failure must not count as unhandled.
      write.catch((error: unknown) => parser.abort(error instanceof Error ? error : new Error(String(error))));
      writes.push(write);
      reading.push(entry);
    },
  });
  const source = openTar(tarball);
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('error', reject);
      parser.on('end', resolve);
      source.on('error', reject);
      // Bytes after the end do not belong to the archive.
      parser.on('eof', () => {
        source.unpipe().destroy();
        parser.end();
      });
      source.pipe(parser as unknown as NodeJS.WritableStream);
    });
    await Promise.all(writes);
  } catch (error) {
    // Otherwise a truncated entry would be awaited forever.
    for (const entry of reading) entry.on('error', () => undefined).destroy(error);
    await Promise.allSettled(writes);
    if (isDiskError(error)) throw error;
    throw new HarnessError(
      'FORMAT',
      { where: name, what: `The archive cannot be unpacked (${reason(error)}).`, hint: `Remove ${tarball} and run again.` },
      { cause: error },
    );
  } finally {
    source.destroy();
  }
  const [first] = missing.keys();
  if (first !== undefined)
    throw new HarnessError('SOURCE', {
      where: name,
      what: `The package has no file ${first}.`,
      hint: 'Correct the path in the registry entry, or its version.',
    });
}

async function save(entry: ReadEntry, { path: inside, bytes }: Wanted, place: string): Promise<void> {
  if (bytes !== undefined && entry.size !== bytes) {
    entry.resume();
    throw new Error(`${inside} has ${entry.size} bytes, expected ${bytes}`);
  }
  // From here on: an archive can fail while the folder is being created, when nothing else handles it.
  const arriving = new PassThrough();
  arriving.on('error', () => undefined); // reported by the pipeline
  (entry as unknown as NodeJS.ReadableStream).on('error', (error: Error) => arriving.destroy(error)).pipe(arriving);
  const partial = ownPartial(place);
  try {
    await makeFolder(path.dirname(place));
    await sweepPartials(place);
    await pipeline(arriving, createWriteStream(partial));
    const { size } = await stat(partial);
    if (size !== entry.size) throw new Error(`${inside} ends after ${size} of ${entry.size} bytes`);
    await rename(partial, place);
  } catch (error) {
    throw isDiskError(error) ? located(error, place) : error;
  } finally {
    await rm(partial, { force: true });
  }
}
