import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import ssri from 'ssri';
import { HarnessError, option } from '../../errors.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { ownPartial, sweepPartials } from '../../files/partial-files.ts';
import { isDiskError, located } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { BACKOFF_MS, TRIES } from '../http.ts';
import type { NpmSource } from '../source.ts';
import type { SourceOptions } from '../types.ts';
import { announcedLength } from './announced-length.ts';
import { npmProxy } from './proxy.ts';
import { registryError } from './registry-error.ts';

/** npm's own largest packages have a tenth of it: a tarball that goes on behind it is made to fill disks. */
const MOST_BYTES = 8 * 2 ** 30;

export interface TarballParams {
  /** Holds `npm/` (tarballs) and `npm-files/` (what was taken out of them). */
  readonly cacheDir: string;
  readonly offline: boolean;
  /** How the registry is reached, as pacote wants it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Proxies that npm's settings do not name are read from it. */
  readonly env: Environment;
  readonly timeoutMs: number | undefined;
  readonly backoffMs: number | undefined;
  readonly onProgress?: SourceOptions['onProgress'];
}

/** Tarballs of npm packages, fetched by pacote into the cache and checked against their integrity. */
export class NpmTarballs {
  readonly #params: TarballParams;

  constructor(params: TarballParams) {
    this.#params = params;
  }

  /** What the npm registry says a version's integrity is. Throws OFFLINE, SOURCE. */
  async integrityOf(source: NpmSource): Promise<string> {
    if (this.#params.offline)
      throw new HarnessError('OFFLINE', {
        where: source.text,
        what: `${option('offline')} is on, the npm registry was not asked.`,
        hint: 'Omit it.',
      });
    try {
      const { default: pacote } = await import('pacote'); // a seventh of a second to load: only where it is needed
      const { _integrity } = await pacote.manifest(`${source.name}@${source.version}`, this.#options());
      return _integrity;
    } catch (error) {
      throw this.#failure(source, error);
    }
  }

  /** Where the cache has a tarball. */
  path({ name, version }: NpmSource): string {
    return path.join(this.#params.cacheDir, 'npm', `${name.replace('/', '+')}-${version}.tgz`);
  }

  /** The tarball: from the cache where it has the right integrity, else from the npm registry. */
  async fetch(source: NpmSource, integrity: string | undefined): Promise<string> {
    const place = this.path(source);
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
        what: `It is not in the cache (${path.dirname(place)}), and ${option('offline')} is on.`,
        hint: `Run once while online, or give ${option('mirror')} DIR with the files.`,
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
    return registryError(String(this.#params.settings['registry'] ?? 'the npm registry'), source, error);
  }
}
