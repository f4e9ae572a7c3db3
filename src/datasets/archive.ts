import type { ReadEntry } from 'tar';
import { HarnessError, reason } from '../errors.ts';
import { openTar } from '../files/tar-stream.ts';

export interface ArchiveParams {
  readonly path: string;
  /** Name for errors. */
  readonly name: string;
  /** Maximum bytes of all members, unpacked: a small archive can hold more than a disk. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export interface ArchiveFile {
  readonly path: string;
  readonly bytes: Buffer;
}

const HINT = 'Download the published archive again.';
/** Maximum archive entries per allowed file, as folders are entries, too. */
const FOLDERS_PER_FILE = 4;

/**
 * Files of a tar or tar.gz, read into memory; nothing is written to disk. Throws FORMAT for a damaged archive, a link, a path that leads
 * outside, duplicate names, and more than the limits allow.
 */
export async function archiveFiles({ path, name, maxBytes, maxFiles }: ArchiveParams): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  const seen = new Set<string>();
  let entries = 0;
  let total = 0;
  const fault = (entry: ReadEntry): string | undefined => {
    // Folders hold no bytes, and a compressed archive can name any number of them.
    if (++entries > FOLDERS_PER_FILE * maxFiles) return `The archive holds more than ${FOLDERS_PER_FILE * maxFiles} entries.`;
    if (entry.path.startsWith('/') || entry.path.split(/[\\/]/).includes('..')) return `${entry.path} points outside the archive.`;
    if (entry.type === 'Directory') return undefined;
    if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'ContiguousFile')
      return `${entry.path} is a ${entry.type}, not a file.`;
    total += entry.size;
    if (total > maxBytes) return `The archive holds more than ${maxBytes} bytes.`;
    if (seen.has(entry.path)) return `The archive contains ${entry.path} twice.`;
    seen.add(entry.path);
    if (seen.size > maxFiles) return `The archive holds more than ${maxFiles} files.`;
    return undefined;
  };
  const { Parser } = await import('tar'); // most datasets are not archives
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({ strict: true });
    const stream = openTar(path);
    const fail = (error: unknown): void => {
      stream.destroy();
      reject(
        error instanceof HarnessError
          ? error
          : new HarnessError(
              'FORMAT',
              { where: name, what: `The archive cannot be read: ${reason(error)}.`, hint: HINT },
              { cause: error },
            ),
      );
    };
    parser.on('entry', (entry: ReadEntry) => {
      const what = fault(entry);
      if (what !== undefined) return fail(new HarnessError('FORMAT', { where: name, what, hint: HINT }));
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      entry.on('end', () => {
        if (entry.type !== 'Directory') files.push({ path: entry.path, bytes: Buffer.concat(chunks) });
      });
      entry.resume();
    });
    // Bytes after the end do not belong to the archive.
    parser.on('eof', () => {
      stream.destroy();
      parser.end();
    });
    parser.on('error', fail);
    parser.on('end', resolve);
    stream.on('error', fail);
    stream.on('data', (chunk) => parser.write(chunk as Buffer));
    stream.on('end', () => parser.end());
  });
  return files;
}
