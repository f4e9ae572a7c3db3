import { readdir, readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { brokenFile, unfinished } from '../../files/broken-file.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { cacheName } from './repo.ts';
import { linkOrCopy } from '../link-or-copy.ts';
import { isCommit } from '../source.ts';

/**
 * The hub's cache folder as huggingface_hub lays it out: `models--org--name/refs/<revision>` holds a commit,
 * `blobs/<hash>` the bytes, `snapshots/<commit>/<path>` links to them. Datasets are in `datasets--org--name`.
 */
export class HubCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The commit that a revision meant when it was last asked for. */
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

  /** Path of a file that is there; undefined where it is not, or its link leads nowhere. */
  async find(repo: string, commit: string, file: string): Promise<string | undefined> {
    const place = path.join(this.snapshot(repo, commit), file);
    const found = await stat(place).catch(() => undefined);
    return found?.isFile() === true ? place : undefined;
  }

  /** Why a file of a snapshot cannot be read; undefined where it can, and where it is not there. */
  broken(repo: string, commit: string, file: string): string | undefined {
    return brokenFile(path.join(this.snapshot(repo, commit), file));
  }

  /** Paths of a snapshot, sound or not. */
  async paths(repo: string, commit: string): Promise<string[]> {
    const folder = this.snapshot(repo, commit);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .toSorted();
  }

  /**
   * What the name of a blob says of its bytes: it is a sha256, or git's hash, as the hub said it. Nothing where a snapshot has no links.
   */
  async promised(place: string): Promise<{ readonly sha256?: string; readonly gitOid?: string }> {
    const target = await readlink(place).catch(() => '');
    const name = path.basename(target);
    if (path.basename(path.dirname(target)) !== 'blobs') return {};
    return /^[0-9a-f]{64}$/.test(name) ? { sha256: name } : /^[0-9a-f]{40}$/.test(name) ? { gitOid: name } : {};
  }

  /** Whether huggingface_hub asked for a file and was told that the repository has none. */
  async saidAbsent(repo: string, commit: string, file: string): Promise<boolean> {
    return (await stat(path.join(this.#repo(repo), '.no_exist', commit, file)).catch(() => undefined)) !== undefined;
  }

  /** The listing of a commit that newer versions of huggingface_hub keep, as it stands there. */
  async tree(repo: string, commit: string): Promise<unknown> {
    return readFile(path.join(this.#repo(repo), 'trees', `${commit}.json`), 'utf8')
      .then((text): unknown => JSON.parse(text))
      .catch(() => undefined);
  }

  /** Commits that there are snapshots of. */
  async commits(repo: string): Promise<string[]> {
    return (await readdir(path.join(this.#repo(repo), 'snapshots')).catch(() => [])).filter(isCommit).toSorted();
  }

  /** What downloads of a repository that broke off left, with their sizes. */
  unfinished(repo: string): string[] {
    return unfinished(path.join(this.#repo(repo), 'blobs'));
  }

  blob(repo: string, hash: string): string {
    return path.join(this.#repo(repo), 'blobs', hash);
  }

  /** Puts a link to a blob into a snapshot; a copy where links are not allowed. */
  async link(repo: string, commit: string, file: string, hash: string): Promise<string> {
    const place = path.join(this.snapshot(repo, commit), file);
    await linkOrCopy({ target: this.blob(repo, hash), place, relative: true });
    return place;
  }

  /** Removes a damaged file: the link and what it leads to. */
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
