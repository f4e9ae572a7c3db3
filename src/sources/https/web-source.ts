import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { combineAvailability, elsewhere } from '../availability.ts';
import { download, faultOf, refused } from '../download.ts';
import { wantedFor } from '../failures.ts';
import type { FileRequest, FileSource, ModelFiles, Pins, ProbeRequest } from '../file-source.ts';
import { mirroredFile } from '../mirrored.ts';
import type { SourceContext } from '../source-context.ts';
import type { WebSource } from '../source.ts';
import type { Availability, LocalFile } from '../types.ts';
import { linkedModel, pinnedFiles, prefixOf } from '../variant.ts';

/** A URL: a file, or the parent of files. */
export class WebFiles implements FileSource {
  readonly pinned = undefined;
  readonly #context: SourceContext;
  readonly #source: WebSource;

  constructor(context: SourceContext, source: WebSource) {
    this.#context = context;
    this.#source = source;
  }

  async fileState({ sha256 }: FileRequest): Promise<Availability['state']> {
    if (sha256 === undefined) return 'missing';
    return (await stat(this.#place(this.#source.url, sha256)).catch(() => undefined)) === undefined
      ? elsewhere(this.#context.offline, undefined).state
      : 'cached';
  }

  fetchFile(request: FileRequest): Promise<LocalFile> {
    return this.#fetch(this.#source.url, request);
  }

  async modelAvailability(variant: PlacedVariant): Promise<Availability> {
    const found: Availability[] = [];
    for (const { url, request } of this.#requests(variant)) {
      if ((await mirroredFile(this.#context, request)) !== undefined) found.push({ state: 'mirrored', bytes: 0 });
      else {
        const state = await new WebFiles(this.#context, { ...this.#source, url }).fileState(request);
        found.push(state === 'download' ? { state, bytes: request.bytes } : { state, bytes: state === 'cached' ? 0 : undefined });
      }
    }
    return combineAvailability(found);
  }

  async fetchModel(variant: PlacedVariant): Promise<ModelFiles> {
    const files = new Map<string, LocalFile>();
    for (const { url, request } of this.#requests(variant)) {
      files.set(
        request.name,
        (await mirroredFile(this.#context, request)) ??
          (await this.#fetch(url, request).catch((error: unknown) => {
            throw error instanceof HarnessError ? wantedFor(error, request.name) : error;
          })),
      );
    }
    return linkedModel(this.#context, variant, files, this.#source.url);
  }

  async pin({ from }: PlacedVariant): Promise<Omit<Pins, 'files'>> {
    return { from };
  }

  async probe({ from, paths }: ProbeRequest): Promise<void> {
    const { http, offline } = this.#context;
    if (offline) throw new HarnessError('OFFLINE', { where: from, what: `${option('offline')} is on: it was not requested.` });
    for (const inside of paths) {
      const url = addressOf(this.#source, inside);
      const response = await http.request(url, { method: 'HEAD' });
      if (!response.ok) throw refused(url, response.status);
    }
  }

  async #fetch(url: string, { sha256, bytes, name }: FileRequest): Promise<LocalFile> {
    const { notes, offline, cacheDir, http, onProgress } = this.#context;
    if (sha256 === undefined) {
      throw new HarnessError('SOURCE', {
        where: url,
        what: 'A file from the web needs a sha256, and the entry has none.',
        hint: 'Add its sha256.',
      });
    }
    const place = this.#place(url, sha256);
    if ((await stat(place).catch(() => undefined)) !== undefined && faultOf(await notes.of(place), { sha256, bytes }) === undefined) {
      return { path: place, sha256, bytes: (await notes.of(place)).bytes, revision: url };
    }
    if (offline) {
      throw new HarnessError('OFFLINE', {
        where: url,
        what: `It is not in the cache (${cacheDir}), and ${option('offline')} is on.`,
        hint: `Run once while online, or give ${option('mirror')} DIR with the file.`,
      });
    }
    const sums = await download({ http, url, to: place, name, expected: { sha256, bytes }, onProgress });
    return { path: place, sha256, bytes: sums.bytes, revision: url };
  }

  /** Path of a download in the cache. */
  #place(url: string, sha256: string): string {
    const last = path.posix.basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
    return path.join(this.#context.cacheDir, 'https', sha256, last === '' ? 'file' : last);
  }

  /** Requests for the files of an encoder. */
  #requests(variant: PlacedVariant): { readonly url: string; readonly request: FileRequest }[] {
    return pinnedFiles(variant).map(({ path: file, ...pinned }) => {
      const url = addressOf(this.#source, `${prefixOf(variant)}${file}`);
      return { url, request: { name: file, from: [url], ...pinned } };
    });
  }
}

/** URL of a file inside a web source, or of the source itself if `inside` is empty. */
function addressOf({ url }: WebSource, inside: string): string {
  return inside === '' ? url : new URL(inside, url.endsWith('/') ? url : `${url}/`).href;
}
