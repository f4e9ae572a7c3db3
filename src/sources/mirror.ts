import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';
import type { ChecksumNotes } from './checksum.ts';

interface Found {
  readonly path: string;
  readonly bytes: number;
}

/** Folders whose files are found by hash, under any name. Listed once, hashed as needed. */
export class Mirrors {
  readonly #folders: readonly string[];
  readonly #notes: ChecksumNotes;
  #files: Promise<readonly Found[]> | undefined;

  constructor(folders: readonly string[], notes: ChecksumNotes) {
    this.#folders = folders;
    this.#notes = notes;
  }

  /** Path of a file with this hash; undefined if no folder has one. Throws OPTION for a missing folder. */
  async find({ sha256, bytes }: { sha256: string; bytes?: number | undefined }): Promise<string | undefined> {
    if (this.#folders.length === 0) return undefined;
    this.#files ??= this.#list();
    for (const file of await this.#files) {
      if (bytes !== undefined && file.bytes !== bytes) continue;
      // An unreadable file counts as missing.
      const sums = await this.#notes.of(file.path).catch(() => undefined);
      if (sums?.sha256 === sha256) return file.path;
    }
    return undefined;
  }

  async #list(): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const folder of this.#folders) {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
        throw new HarnessError('OPTION', { where: option('mirror'), what: `Folder not found: ${folder}.` }, { cause: error });
      });
      for (const entry of entries) {
        if (!entry.isFile() && !entry.isSymbolicLink()) continue;
        const file = path.join(entry.parentPath, entry.name);
        const info = await stat(file).catch(() => undefined);
        if (info?.isFile() === true) found.push({ path: file, bytes: info.size });
      }
    }
    return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}
