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
  /** Paths inside the package that are taken; all others are passed over. */
  readonly wanted: readonly Wanted[];
  readonly to: string;
  /** What a person calls the archive. */
  readonly name: string;
  readonly maxEntries?: number | undefined;
}

/** An archive that goes on behind these is made to fill disks: npm's own largest packages have a tenth of both. */
const MOST_ENTRIES = 500_000;
const MOST_BYTES = 8 * 2 ** 30;

/**
 * Takes files out of an npm tarball. Only paths that were asked for are written, so that a tarball cannot name a place to
 * write to; links are no files; sizes are bounded. Each file appears whole or not at all. Throws FORMAT, SOURCE.
 */
export async function unpack({ tarball, wanted, to, name, maxEntries = MOST_ENTRIES }: UnpackParams): Promise<void> {
  const missing = new Map(wanted.map((file) => [file.path, file]));
  const taken = new Set<string>();
  const writes: Promise<void>[] = [];
  const reading: ReadEntry[] = [];
  let entries = 0;
  let bytes = 0;
  const { Parser } = await import('tar'); // what is unpacked already needs none
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      bytes += entry.size;
      if (++entries > maxEntries || bytes > MOST_BYTES) {
        parser.abort(new Error(`it has more than ${maxEntries} entries or ${MOST_BYTES} bytes`));
        return;
      }
      // The first folder is `package` as a rule, and whatever it is it does not count.
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
      // Awaited below; a failure before that must not count as unhandled.
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
      // Nothing behind the end is of the archive.
      parser.on('eof', () => {
        source.unpipe().destroy();
        parser.end();
      });
      source.pipe(parser as unknown as NodeJS.WritableStream);
    });
    await Promise.all(writes);
  } catch (error) {
    // An entry that was cut off would be waited for without end.
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
  // From now on: an archive can break while the folder is being made, and then nobody else hears of it.
  const arriving = new PassThrough();
  arriving.on('error', () => undefined); // told by the pipeline
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
