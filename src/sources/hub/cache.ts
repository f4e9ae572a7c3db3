import { readdir, readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { brokenFile, unfinished } from '../../files/broken-file.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { cacheName } from './repo.ts';
import { linkOrCopy } from '../link-or-copy.ts';
import { isCommit } from '../source.ts';

/**
 * The hub's cache folder in the layout of huggingface_hub: `models--org--name/refs/<revision>` holds a commit, `blobs/<hash>` the bytes,
 * `snapshots/<commit>/<path>` links to them. Datasets are in `datasets--org--name`.
 */
export class HubCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The commit of a revision when it was last requested. */
  async commitOf(repo: string, revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(path.join(this.#repo(repo), 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  async noteCommit(repo: string, revision: string, commit: string): Promise<void> {
    if (revision === commit) return;
    const file = path.join(this.#repo(repo), 'refs', revision);
    await makeFolder(path.dirname(file));
    await writeAtomically(file, commit);
  }

  snapshot(repo: string, commit: string): string {
    return path.join(this.#repo(repo), 'snapshots', commit);
  }

  /** Path of an existing file; undefined if it is missing, or a broken link. */
  async find(repo: string, commit: string, file: string): Promise<string | undefined> {
    const place = path.join(this.snapshot(repo, commit), file);
    const found = await stat(place).catch(() => undefined);
    return found?.isFile() === true ? place : undefined;
  }

  /** Why a file of a snapshot cannot be read; undefined if it can, or if it is missing. */
  broken(repo: string, commit: string, file: string): string | undefined {
    return brokenFile(path.join(this.snapshot(repo, commit), file));
  }

  /** Paths of a snapshot, readable or not. */
  async paths(repo: string, commit: string): Promise<string[]> {
    const folder = this.snapshot(repo, commit);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .toSorted();
  }

  /** The hash in a blob's name: a sha256, or git's hash, as the hub declared it. Empty if a snapshot has no links. */
  async promised(place: string): Promise<{ readonly sha256?: string; readonly gitOid?: string }> {
    const target = await readlink(place).catch(() => '');
    const name = path.basename(target);
    if (path.basename(path.dirname(target)) !== 'blobs') return {};
    return /^[0-9a-f]{64}$/.test(name) ? { sha256: name } : /^[0-9a-f]{40}$/.test(name) ? { gitOid: name } : {};
  }

  /** Whether huggingface_hub requested a file and found that the repository has none. */
  async saidAbsent(repo: string, commit: string, file: string): Promise<boolean> {
    return (await stat(path.join(this.#repo(repo), '.no_exist', commit, file)).catch(() => undefined)) !== undefined;
  }

  /** The listing of a commit as stored by newer versions of huggingface_hub, unparsed. */
  async tree(repo: string, commit: string): Promise<unknown> {
    return readFile(path.join(this.#repo(repo), 'trees', `${commit}.json`), 'utf8')
      .then((text): unknown => JSON.parse(text))
      .catch(() => undefined);
  }

  /** Commits with snapshots. */
  async commits(repo: string): Promise<string[]> {
    return (await readdir(path.join(this.#repo(repo), 'snapshots')).catch(() => [])).filter(isCommit).toSorted();
  }

  /** Files left by aborted downloads of a repository, with their sizes. */
  unfinished(repo: string): string[] {
    return unfinished(path.join(this.#repo(repo), 'blobs'));
  }

  blob(repo: string, hash: string): string {
    return path.join(this.#repo(repo), 'blobs', hash);
  }

  /** Adds a link to a blob to a snapshot; a copy if links are not allowed. */
  async link(repo: string, commit: string, file: string, hash: string): Promise<string> {
    const place = path.join(this.snapshot(repo, commit), file);
    await linkOrCopy({ target: this.blob(repo, hash), place, relative: true });
    return place;
  }

  /** Deletes a damaged file: the link and its target. */
  async drop(repo: string, commit: string, file: string): Promise<void> {
    const place = path.join(this.snapshot(repo, commit), file);
    const blob = await realpath(place).catch(() => place);
    await rm(place, { force: true });
    if (blob.startsWith(path.join(await realpath(this.#repo(repo)), 'blobs') + path.sep)) await rm(blob, { force: true });
  }

  #repo(repo: string): string {
    return path.join(this.folder, cacheName(repo));
  }
}
