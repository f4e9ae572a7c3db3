import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { download, faultOf } from './download.ts';
import type { SourceContext } from './source-context.ts';
import { parseSource, type Source } from './source.ts';
import type { LocalFile, Availability } from './types.ts';

/** One file that is wanted, and where it may be: the first source that answers with the right hash is taken. */
export interface FileRequest {
  /** What a person calls it. */
  readonly name: string;
  readonly from: readonly string[];
  /** npm, hf and file sources: path inside the package, repository or folder. */
  readonly path?: string | undefined;
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
  /** npm sources: integrity of the tarball. */
  readonly integrity?: string | undefined;
}

/** A file on this disk. Throws OFFLINE, SOURCE, CHECKSUM, FORMAT. */
export async function fetchFile(shelf: SourceContext, request: FileRequest): Promise<LocalFile> {
  const mirrored = await fromMirror(shelf, request);
  if (mirrored !== undefined) return mirrored;
  const errors: HarnessError[] = [];
  for (const source of await nearestFirst(shelf, request)) {
    try {
      return await fromSource(shelf, source, request);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 1) throw wantedFor(errors[0]!, request.name);
  throw severalFailed(request.name, errors);
}

/** Whether a file is on this disk; without a question to the network. */
export async function planFile(shelf: SourceContext, request: FileRequest): Promise<Availability> {
  if ((await fromMirror(shelf, request)) !== undefined) return { state: 'mirrored', bytes: 0 };
  let best: Availability = { state: 'missing', bytes: undefined };
  for (const source of request.from.map(parseSource)) {
    const state = await stateOf(shelf, source, request);
    if (state === 'cached' || state === 'local') return { state, bytes: 0 };
    if (state === 'download' && best.state === 'missing') best = { state, bytes: request.bytes };
  }
  return best;
}

async function fromMirror({ mirrors, notes }: SourceContext, { sha256, bytes }: FileRequest): Promise<LocalFile | undefined> {
  if (sha256 === undefined) return undefined;
  const found = await mirrors.find({ sha256, bytes });
  return found === undefined ? undefined : { path: found, sha256, bytes: (await notes.of(found)).bytes };
}

/** Sources that have the file on this disk before those that have to be asked; else in the order given. */
async function nearestFirst(shelf: SourceContext, request: FileRequest): Promise<Source[]> {
  const near: Source[] = [];
  const far: Source[] = [];
  for (const source of request.from.map(parseSource)) {
    const state = await stateOf(shelf, source, request);
    (state === 'cached' || state === 'local' ? near : far).push(source);
  }
  return [...near, ...far];
}

async function stateOf(shelf: SourceContext, source: Source, request: FileRequest): Promise<Availability['state']> {
  switch (source.kind) {
    case 'file':
      return (await stat(placeOf(source, request)).catch(() => undefined)) === undefined ? 'missing' : 'local';
    case 'https': {
      if (request.sha256 === undefined) return 'missing';
      return (await stat(httpsPlace(shelf, source, request.sha256)).catch(() => undefined)) === undefined ? reachable(shelf.offline) : 'cached';
    }
    case 'npm': {
      const state = await shelf.npm.state({ source, integrity: request.integrity, files: [npmFile(source, request)] });
      return state === undefined ? reachable(shelf.offline) : 'cached';
    }
    case 'hf': {
      const commit = await shelf.hub.cache.commitOf(source.repo, source.revision);
      const found = commit === undefined || request.path === undefined ? undefined : await shelf.hub.cache.find(source.repo, commit, request.path);
      return found === undefined ? reachable(shelf.hub.offline) : 'cached';
    }
    default:
      return source satisfies never;
  }
}

function reachable(offline: boolean): Availability['state'] {
  return offline ? 'missing' : 'download';
}

async function fromSource(shelf: SourceContext, source: Source, request: FileRequest): Promise<LocalFile> {
  switch (source.kind) {
    case 'file':
      return fromDisk(shelf, source, request);
    case 'https':
      return fromWeb(shelf, source, request);
    case 'npm': {
      const file = npmFile(source, request);
      const { files } = await shelf.npm.fetch({ source, integrity: request.integrity, files: [file] });
      return files.get(file.path)!;
    }
    case 'hf':
      return fromHub(shelf, source, request);
    default:
      return source satisfies never;
  }
}

async function fromDisk({ notes }: SourceContext, source: Extract<Source, { kind: 'file' }>, request: FileRequest): Promise<LocalFile> {
  const place = placeOf(source, request);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw new HarnessError('SOURCE', { where: place, what: 'There is no such file.' });
  // A folder has no hash: whoever reads it compares its files.
  if (found.isDirectory()) return { path: place, sha256: '', bytes: 0 };
  const sums = await notes.of(place);
  const fault = faultOf(sums, request);
  if (fault !== undefined) throw new HarnessError('CHECKSUM', { where: place, what: `${fault}.`, mend: 'Put the right file there.' });
  return { path: place, sha256: sums.sha256, bytes: sums.bytes };
}

async function fromWeb(shelf: SourceContext, source: Extract<Source, { kind: 'https' }>, request: FileRequest): Promise<LocalFile> {
  const { sha256, bytes, name } = request;
  if (sha256 === undefined) throw new HarnessError('SOURCE', { where: source.url, what: 'A file from the web is taken by its sha256 alone, and the entry has none.', mend: 'Add its sha256.' });
  const place = httpsPlace(shelf, source, sha256);
  if ((await stat(place).catch(() => undefined)) !== undefined && faultOf(await shelf.notes.of(place), request) === undefined) {
    return { path: place, sha256, bytes: (await shelf.notes.of(place)).bytes, revision: source.url };
  }
  if (shelf.offline) {
    throw new HarnessError('OFFLINE', { where: source.url, what: `It is not in the cache (${shelf.cacheDir}), and --offline is on.`, mend: 'Run once with the network, or give --mirror DIR with the file.' });
  }
  const sums = await download({ http: shelf.http, url: source.url, to: place, name, expected: { sha256, bytes }, onProgress: shelf.onProgress });
  return { path: place, sha256, bytes: sums.bytes, revision: source.url };
}

async function fromHub({ hub }: SourceContext, source: Extract<Source, { kind: 'hf' }>, request: FileRequest): Promise<LocalFile> {
  const inside = request.path ?? request.name;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = hub.offline ? await hub.knownFiles(source.repo, commit) : await hub.files(source.repo, commit);
  const file = listing?.find((each) => each.path === inside);
  if (listing !== undefined && file === undefined) throw new HarnessError('SOURCE', { where: source.text, what: `The repository has no file ${inside}.` });
  const found = file === undefined ? await hub.cached(source.repo, commit, inside) : await hub.fetch(source.repo, commit, file);
  const fault = faultOf({ ...found, gitOid: '' }, { sha256: request.sha256, bytes: request.bytes });
  if (fault !== undefined) throw new HarnessError('CHECKSUM', { where: `${source.text} ${inside}`, what: `${fault}.`, mend: 'The registry entry names another file: correct its hash or revision.' });
  return found;
}

function placeOf(source: Extract<Source, { kind: 'file' }>, request: FileRequest): string {
  return path.resolve(source.path, request.path ?? '');
}

function httpsPlace({ cacheDir }: SourceContext, { url }: Extract<Source, { kind: 'https' }>, sha256: string): string {
  const last = path.posix.basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
  return path.join(cacheDir, 'https', sha256, last === '' ? 'file' : last);
}

function npmFile(source: Extract<Source, { kind: 'npm' }>, { path: inside, name, sha256, bytes }: FileRequest): { path: string; sha256: string | undefined; bytes: number | undefined } {
  if (inside === undefined) throw new HarnessError('SOURCE', { where: source.text, what: `The entry of ${name} does not say which file of the package it is.`, mend: 'Add its path.' });
  return { path: inside, sha256, bytes };
}

/** The same complaint, with what the file is wanted for in front. */
export function wantedFor(error: HarnessError, name: string): HarnessError {
  const { where, what, mend } = error.complaint;
  const place = where === undefined || where === name ? name : `${name} from ${where}`;
  return new HarnessError(error.code, { where: place, what, mend }, { cause: error });
}

/** One complaint for all sources that failed: offline where each was, and what each said. */
export function severalFailed(name: string, errors: readonly HarnessError[]): HarnessError {
  if (errors.length === 0) return new HarnessError('SOURCE', { where: name, what: 'No public source has this file.', mend: 'Give --mirror DIR with a folder that has it.' });
  const code = errors.every((error) => error.code === 'OFFLINE') ? 'OFFLINE' : (errors.find((error) => error.code === 'CHECKSUM')?.code ?? 'SOURCE');
  const tried = errors.map(({ complaint: { where, what } }, at) => `(${at + 1}) ${where === undefined ? '' : `${where}: `}${what}`).join(' ');
  return new HarnessError(code, { where: name, what: `None of ${errors.length} sources gave it: ${tried}`, mend: 'Give --mirror DIR with the files, or add another source.' }, { cause: errors[0] });
}
