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

/** npm's largest packages are a tenth of it: a larger tarball is meant to fill disks. */
const MOST_BYTES = 8 * 2 ** 30;

export interface TarballParams {
  /** Contains `npm/` (tarballs) and `npm-files/` (unpacked files). */
  readonly cacheDir: string;
  readonly offline: boolean;
  /** Registry settings for pacote. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Environment for proxies that npm's settings do not name. */
  readonly env: Environment;
  readonly timeoutMs: number | undefined;
  readonly backoffMs: number | undefined;
  readonly onProgress?: SourceOptions['onProgress'];
}

/** Tarballs of npm packages, downloaded by pacote into the cache and verified by their integrity. */
export class NpmTarballs {
  readonly #params: TarballParams;

  constructor(params: TarballParams) {
    this.#params = params;
  }

  /** The integrity of a version in the npm registry. Throws OFFLINE, SOURCE. */
  async integrityOf(source: NpmSource): Promise<string> {
    if (this.#params.offline)
      throw new HarnessError('OFFLINE', {
        where: source.text,
        what: `${option('offline')} is on, the npm registry was not asked.`,
        hint: 'Omit it.',
      });
    try {
      const { default: pacote } = await import('pacote'); // loading takes 0.15 seconds: only if needed
      const { _integrity } = await pacote.manifest(`${source.name}@${source.version}`, this.#options());
      return _integrity;
    } catch (error) {
      throw this.#failure(source, error);
    }
  }

  /** Path of a tarball in the cache. */
  path({ name, version }: NpmSource): string {
    return path.join(this.#params.cacheDir, 'npm', `${name.replace('/', '+')}-${version}.tgz`);
  }

  /** The tarball: from the cache if it has the right integrity, else from the npm registry. */
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
          // pacote retries if there is no response, but not if one breaks off.
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

  /** One attempt; `onBytes` receives the number of bytes so far. */
  async #transfer(source: NpmSource, integrity: string | undefined, partial: string, onBytes: (done: number) => void): Promise<void> {
    const { default: pacote } = await import('pacote');
    await pacote.tarball.stream(
      `${source.name}@${source.version}`,
      async (stream) => {
        // Its errors are always handled: an iterator only handles them while it waits, and those emitted in between (a wrong integrity, a
        // broken connection) would end the process or, worse, be missed.
        const arriving = new PassThrough();
        (stream as unknown as NodeJS.ReadableStream).on('error', (error: Error) => arriving.destroy(error)).pipe(arriving);
        let done = 0; // pacote's own retry starts at the first byte
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
