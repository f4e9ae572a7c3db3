import { copyFile, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { ownPartial } from '../../files/partial-files.ts';
import type { ChecksumNotes } from '../checksum.ts';
import { download, faultOf } from '../download.ts';
import type { Mirrors } from '../mirror.ts';
import { isCommit } from '../source.ts';
import type { LocalFile, SourceOptions } from '../types.ts';
import { HubApi, hubToken, type HubApiParams } from './hub-api.ts';
import { HubCache } from './cache.ts';
import { filesOfTree, type HubFile } from './listing.ts';
import { hubRefusal } from './refusal.ts';
import { repoName } from './repo.ts';

export interface HubParams extends HubApiParams {
  readonly notes: ChecksumNotes;
  readonly mirrors: Mirrors;
  /** Folder of cached listings: the listing of a commit never changes. */
  readonly listings: string;
  readonly offline: boolean;
  readonly onProgress?: SourceOptions['onProgress'];
}

/**
 * Files of hub repositories, in the cache folder shared with Python. We download them ourselves, since @huggingface/hub neither verifies
 * checksums nor resumes downloads, and ignores HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.
 */
export class Hub {
  readonly cache: HubCache;
  readonly offline: boolean;
  readonly #params: HubParams;
  readonly #api: HubApi;

  constructor(params: HubParams) {
    this.#params = params;
    this.#api = new HubApi(params);
    this.cache = new HubCache(params.settings.cache);
    this.offline = params.offline || params.settings.offline;
  }

  /** The commit of a revision: as of the first download, unless `fresh`. Throws OFFLINE, SOURCE. */
  async commitOf(repo: string, revision: string, { fresh = false } = {}): Promise<string> {
    const known = fresh && !isCommit(revision) ? undefined : await this.cache.commitOf(repo, revision);
    if (known !== undefined) return known;
    if (this.offline) throw await this.#unknownRevision(repo, revision);
    const sha = await this.#api.commitOf(repo, revision);
    // Asking for the newest commit must not change what is cached.
    if (!fresh) await this.cache.noteCommit(repo, revision, sha);
    return sha;
  }

  /** The cached listing of a commit. */
  async knownFiles(repo: string, commit: string): Promise<readonly HubFile[] | undefined> {
    try {
      return JSON.parse(await readFile(this.#listing(repo, commit), 'utf8')) as HubFile[];
    } catch {
      return filesOfTree(await this.cache.tree(repo, commit));
    }
  }

  /** The files of a repository at a commit. Throws OFFLINE, SOURCE. */
  async files(repo: string, commit: string): Promise<readonly HubFile[]> {
    const known = await this.knownFiles(repo, commit);
    if (known !== undefined) return known;
    this.#online(repo, commit);
    const files = await this.#api.files(repo, commit);
    await makeFolder(path.dirname(this.#listing(repo, commit)));
    await writeAtomically(this.#listing(repo, commit), JSON.stringify(files));
    return files;
  }

  /** A file from the cache, a mirror or the hub, verified by the hub's hash. Throws OFFLINE, SOURCE, CHECKSUM. */
  async fetch(repo: string, commit: string, file: HubFile): Promise<LocalFile> {
    const { http, settings, notes, mirrors, onProgress } = this.#params;
    const cached = await this.cache.find(repo, commit, file.path);
    if (cached !== undefined) {
      const sums = await notes.of(cached);
      const fault = faultOf(sums, file);
      if (fault === undefined) return { path: cached, sha256: sums.sha256, bytes: sums.bytes, revision: commit };
      if (this.offline)
        throw new HarnessError('CHECKSUM', {
          where: cached,
          what: `This cached file is damaged: ${fault}.`,
          hint: `Run once without ${option('offline')} to download it again.`,
        });
      await this.cache.drop(repo, commit, file.path);
    }
    const broken = this.offline ? this.cache.broken(repo, commit, file.path) : undefined;
    if (broken !== undefined) throw this.#damaged(repo, commit, file.path, broken);
    const hash = file.sha256 ?? file.gitOid;
    if (hash === undefined) {
      throw new HarnessError('SOURCE', {
        where: `hf:${repoName(repo)}@${commit}`,
        what: `The hub gives no hash for ${file.path}.`,
        hint: 'Remove the listings in the cache folder (hub), and run it again.',
      });
    }
    const blob = this.cache.blob(repo, hash);
    const mirrored = file.sha256 === undefined ? undefined : await mirrors.find({ sha256: file.sha256, bytes: file.bytes });
    if ((await stat(blob).catch(() => undefined)) !== undefined && faultOf(await notes.of(blob), file) === undefined) {
      // Another commit has the same bytes.
    } else if (mirrored !== undefined) {
      await makeFolder(path.dirname(blob));
      const partial = ownPartial(blob);
      try {
        await copyFile(mirrored, partial);
        await rename(partial, blob);
      } finally {
        await rm(partial, { force: true });
      }
    } else {
      this.#online(repo, commit, file.path);
      const url = `${settings.endpoint}/${repo}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`;
      await download({
        http,
        url,
        to: blob,
        name: `${repoName(repo)} ${file.path}`,
        expected: file,
        token: hubToken(settings),
        onProgress,
        refusal: (status) => hubRefusal(settings, { repo, revision: commit, status, listed: true }),
      });
    }
    const place = await this.cache.link(repo, commit, file.path, hash);
    const sums = await notes.of(place);
    return { path: place, sha256: sums.sha256, bytes: sums.bytes, revision: commit };
  }

  /**
   * A cached file whose hash is in no listing: Python libraries request none. Throws OFFLINE if it is missing, CHECKSUM if it is damaged.
   */
  async cached(repo: string, commit: string, file: string): Promise<LocalFile> {
    const broken = this.cache.broken(repo, commit, file);
    if (broken !== undefined) throw this.#damaged(repo, commit, file, broken);
    const found = await this.cache.find(repo, commit, file);
    if (found === undefined) throw this.#outOfReach(repo, commit, file);
    const sums = await this.#params.notes.of(found);
    const fault = faultOf(sums, await this.cache.promised(found));
    if (fault !== undefined) throw this.#damaged(repo, commit, file, `${fault}.`);
    return { path: found, sha256: sums.sha256, bytes: sums.bytes, revision: commit };
  }

  #damaged(repo: string, commit: string, file: string, fault: string): HarnessError {
    return new HarnessError('CHECKSUM', {
      where: path.join(this.cache.snapshot(repo, commit), file),
      what: `This cached file is damaged: ${fault}`,
      hint: 'Run once while online to download it again.',
    });
  }

  #listing(repo: string, commit: string): string {
    return path.join(this.#params.listings, repo.replaceAll('/', '--'), `${commit}.json`);
  }

  #online(repo: string, revision: string, file?: string): void {
    if (this.offline) throw this.#outOfReach(repo, revision, file);
  }

  /** The error for a repository that is cached, but not at the requested revision. */
  async #unknownRevision(repo: string, revision: string): Promise<HarnessError> {
    const commits = await this.cache.commits(repo);
    if (commits.length === 0) return this.#outOfReach(repo, revision);
    return new HarnessError('OFFLINE', {
      where: `hf:${repoName(repo)}@${revision}`,
      what:
        `The cache (${this.cache.folder}) has snapshots of it, but no refs/${revision} to select one, and ` +
        `${this.#params.offline ? option('offline') : 'HF_HUB_OFFLINE'} is on.`,
      hint: `Run once while online, or name one: ${commits
        .slice(0, 3)
        .map((commit) => `hf:${repoName(repo)}@${commit}`)
        .join(', ')}.`,
    });
  }

  #outOfReach(repo: string, revision: string, file?: string): HarnessError {
    return new HarnessError('OFFLINE', {
      where: `hf:${repoName(repo)}@${revision}`,
      what: `${file === undefined ? 'It' : file} is not in the cache (${this.cache.folder}), and ${this.#params.offline ? option('offline') : 'HF_HUB_OFFLINE'} is on.`,
      hint: `Run once while online, or give ${option('mirror')} DIR with the files.`,
    });
  }
}
