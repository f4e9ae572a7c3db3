import { lstat, open, readFile, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HarnessError, option, reason } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { holderOf, takeLock } from '../../files/lock.ts';
import { makeFolder } from '../../files/make-folder.ts';

/** Minimum interval between two marks, as each waits for the disk. */
const MARK_MS = 500;

const journal = z.object({
  version: z.literal(1),
  /** Hash of everything that determines the output, except for the input. */
  key: z.string(),
  /** Number of input records read, including invalid ones. */
  read: z.int().min(0),
  /** sha256 over those rows among them that were written. */
  input: z.string(),
  /** Number of bytes written for these. */
  bytes: z.int().min(0),
  /** Counts so far. */
  counted: z.unknown(),
});

/** Progress of a file. */
export interface Mark {
  readonly read: number;
  readonly input: string;
  readonly counted: unknown;
}

export interface ResumableParams {
  readonly file: string;
  /** Replaces an existing file. */
  readonly overwrite: boolean;
  readonly key: string;
}

/**
 * A file that is written row by row, possibly for hours: as NAME.part, with a journal of its progress, and renamed at the end. A killed
 * process leaves both, and the next one with the same key resumes after the last mark.
 */
export class ResumableFile {
  readonly part: string;
  readonly resumed: Mark | undefined;
  readonly #target: string;
  readonly #key: string;
  readonly #handle: FileHandle;
  readonly #release: () => Promise<void>;
  #bytes: number;
  #marked = performance.now();
  #isMarked: boolean;

  private constructor({ target, key, handle, release, found }: Opened) {
    this.#target = target;
    this.part = partOf(target);
    this.#key = key;
    this.#handle = handle;
    this.#release = release;
    this.resumed = found;
    this.#bytes = found?.bytes ?? 0;
    this.#isMarked = found !== undefined;
  }

  /**
   * Throws OPTION if the file exists and must not be replaced, if it is not a regular file, or if the partial file was written with other
   * settings; OUTPUT if another process is writing it, or it cannot be written.
   */
  static async open({ file, overwrite, key }: ResumableParams): Promise<ResumableFile> {
    const target = await realpath(file).catch(() => path.resolve(file));
    await checkTarget(target, file);
    await makeFolder(path.dirname(target)).catch((error: unknown) => {
      throw unwritable(file, error);
    });
    const release = await takeLock(`${partOf(target)}.lock`).catch((error: unknown) => {
      throw unwritable(file, error);
    });
    if (release === undefined) {
      const who = await holderOf(`${partOf(target)}.lock`);
      throw new HarnessError('OUTPUT', { where: file, what: `It is being written by ${who}.`, hint: 'Wait for it, or give another file.' });
    }
    try {
      const found = await journalOf(target);
      const isOurs = found !== undefined && found.key === key;
      if (found !== undefined && !isOurs && !overwrite) throw ofAnother(file, partOf(target));
      if (!isOurs && !overwrite && (await isThere(target))) {
        throw new HarnessError('OPTION', {
          where: file,
          what: 'It already exists.',
          hint: `Give another file, or replace it with ${option('overwrite')}.`,
        });
      }
      if (!isOurs) await rm(journalFile(target), { force: true });
      const handle = await open(partOf(target), isOurs ? 'r+' : 'w');
      if (isOurs) await handle.truncate(found.bytes);
      return new ResumableFile({ target, key, handle, release, found: isOurs ? found : undefined });
    } catch (error) {
      await release();
      throw error instanceof HarnessError ? error : unwritable(file, error);
    }
  }

  /** Throws OUTPUT if the disk is full. */
  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at, bytes.length - at, this.#bytes + at)).bytesWritten;
    } catch (error) {
      throw unwritable(this.part, error);
    }
    this.#bytes += bytes.length;
  }

  /** Records that everything written so far belongs to this mark: at most twice per second, unless `now`. */
  async mark(mark: Mark, { now = false }: { readonly now?: boolean } = {}): Promise<void> {
    if (!now && performance.now() - this.#marked < MARK_MS) return;
    try {
      await this.#handle.datasync();
      await writeAtomically(journalFile(this.#target), JSON.stringify({ version: 1, key: this.#key, bytes: this.#bytes, ...mark }));
    } catch (error) {
      throw unwritable(this.part, error);
    }
    this.#marked = performance.now();
    this.#isMarked = true;
  }

  /** The file is complete: renames it to its final name. */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.part, this.#target);
      await rm(journalFile(this.#target), { force: true });
    } catch (error) {
      throw unwritable(this.#target, error);
    } finally {
      await this.#release();
    }
  }

  /** Leaves the partial file to be resumed; deletes it if nothing was written. Returns whether it was kept. */
  async leave(): Promise<boolean> {
    await this.#handle.close().catch(() => undefined);
    if (!this.#isMarked) await rm(this.part, { force: true }).catch(() => undefined);
    await this.#release();
    return this.#isMarked;
  }
}

interface Opened {
  readonly target: string;
  readonly key: string;
  readonly handle: FileHandle;
  readonly release: () => Promise<void>;
  readonly found: z.output<typeof journal> | undefined;
}

function partOf(target: string): string {
  return `${target}.part`;
}

function journalFile(target: string): string {
  return `${target}.part.json`;
}

/** Journal of a partial file; undefined if there is none, or it was never marked. */
async function journalOf(target: string): Promise<z.output<typeof journal> | undefined> {
  const bytes = await stat(partOf(target)).then(
    ({ size }) => size,
    () => undefined,
  );
  if (bytes === undefined) return undefined;
  try {
    const found = journal.parse(JSON.parse(await readFile(journalFile(target), 'utf8')));
    return found.bytes <= bytes ? found : undefined;
  } catch {
    return undefined;
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** A device or a pipe must not be replaced. */
async function checkTarget(target: string, file: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined || found.isFile()) return;
  throw new HarnessError('OPTION', {
    where: file,
    what: found.isDirectory() ? 'This is a directory.' : 'This is not a file.',
    hint: found.isDirectory() ? 'Give a file in it.' : `Omit ${option('out')}, and send standard output there.`,
  });
}

function ofAnother(file: string, part: string): HarnessError {
  return new HarnessError('OPTION', {
    where: file,
    what: `${path.basename(part)} was started with another model or other options.`,
    hint: `Use the same model and options, or start over with ${option('overwrite')}.`,
  });
}

function unwritable(file: string, error: unknown): HarnessError {
  return new HarnessError('OUTPUT', { where: file, what: `It cannot be written (${reason(error)}).` }, { cause: error });
}
