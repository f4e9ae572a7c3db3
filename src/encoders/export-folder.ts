import { readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option, reason } from '../errors.ts';
import { ownPartial } from '../files/partial-files.ts';
import { makeFolder } from '../files/make-folder.ts';
import { isNoted } from '../graph/hidden-states.ts';
import { readModel } from '../graph/read.ts';
import { readJson } from './json-file.ts';
import { sentenceModules } from './sentence-modules.ts';

export interface FolderParams {
  /** Must not exist, or be empty, unless `overwrite`. */
  readonly out: string;
  /** Replaces an existing export of ours. */
  readonly overwrite?: boolean | undefined;
}

/** Name of an incomplete folder, or of one being replaced, until it is complete or deleted. */
const PART = /^\.[0-9a-f]{8}\.part$/;
const OLD = /^\.[0-9a-f]{8}\.part\.old$/;
/** A temporary folder that has not been written to for this long was left by a killed run. */
const ABANDONED_MS = 3_600_000;
/** Files that exports write: graphs, configuration, vocabularies and tokenizers, weights; those of classifiers, and a model card. */
const WRITTEN = /^(?:onnx|\d+_\w+|(?:model|head|train)\.safetensors|train\.jsonl|README\.md|[\w.-]+\.(?:json|txt|model))$/;

/**
 * Writes a folder atomically: `fill` gets a temporary one next to it, which is then renamed. An existing folder is moved aside, and deleted
 * once the new one is in place: a run killed in between leaves both, and the next one restores the old one. A link to a folder stays a
 * link. Throws OUTPUT as `checkFolder` does, or if it cannot be written; and what `fill` throws.
 */
export async function writeFolder<T>({ out, overwrite = false }: FolderParams, fill: (partial: string) => Promise<T>): Promise<T> {
  let place = path.resolve(out);
  let partial = '';
  try {
    await repairFolder(place);
    await checkFolder({ out, overwrite });
    place = await realpath(place).catch(() => place);
    partial = ownPartial(place);
    await makeFolder(partial);
    const result = await fill(partial);
    await replace(place, partial);
    return result;
  } catch (error) {
    if (partial !== '') await rm(partial, { recursive: true, force: true }).catch(() => {});
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('OUTPUT', { where: out, what: `It cannot be written (${reason(error)}).` }, { cause: error });
  }
}

/** Throws OUTPUT if a folder could not be written: something exists that must not be replaced, or no folder can be created. */
export async function checkFolder({ out, overwrite = false }: FolderParams): Promise<void> {
  const place = path.resolve(out);
  const refused = (what: string, hint = 'Give another folder.') => new HarnessError('OUTPUT', { where: out, what, hint });
  const target = await realpath(place).catch(() => undefined);
  const here = await realpath('.');
  if (target !== undefined && `${here}${path.sep}`.startsWith(`${target}${target.endsWith(path.sep) ? '' : path.sep}`)) {
    throw refused('It is the current directory or one of its parents, and would be replaced.');
  }
  if (target === undefined) {
    // A broken link: the folder would not be found at its path.
    if (
      await readdir(path.dirname(place)).then(
        (names) => names.includes(path.basename(place)),
        () => false,
      )
    )
      throw refused('It is a broken symbolic link.');
    return;
  }
  if (!(await stat(target)).isDirectory()) throw refused('It is a file.');
  const names = await readdir(target);
  if (names.length === 0) return;
  if (!overwrite) throw refused('It already exists.', `Give another folder, or ${option('overwrite')}.`);
  const modules = await moduleNames(target);
  const strange = names.find((name) => !WRITTEN.test(name) && !modules.has(name));
  if (strange !== undefined) throw refused(`It contains "${strange}", which no export wrote, and would be deleted.`);
  if (!(await isExport(target))) {
    throw refused('Its contents were not written by an export (no graph in onnx/ says so), and would be deleted.');
  }
}

/** Names of module folders in modules.json. */
async function moduleNames(folder: string): Promise<ReadonlySet<string>> {
  const json = await readJson(path.join(folder, 'modules.json')).catch(() => undefined);
  return new Set((sentenceModules(json) ?? []).map(({ at }) => path.normalize(at).split(path.sep)[0]!));
}

/** Its graph has our record of hidden states. */
async function isExport(folder: string): Promise<boolean> {
  const names = await readdir(path.join(folder, 'onnx')).catch(() => []);
  for (const name of names.filter((each) => each.endsWith('.onnx'))) {
    if (
      await readModel(path.join(folder, 'onnx', name)).then(
        ({ proto }) => isNoted(proto),
        () => false,
      )
    )
      return true;
  }
  return false;
}

async function replace(place: string, partial: string): Promise<void> {
  const old = `${partial}.old`;
  const there = await rename(place, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(partial, place);
  } catch (error) {
    if (there) await rename(old, place);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** Restores what a killed run had moved aside, and deletes what such runs left. */
async function repairFolder(place: string): Promise<void> {
  const target = await realpath(place).catch(() => place);
  const folder = path.dirname(target);
  const base = path.basename(target);
  const names = await readdir(folder).catch((): string[] => []);
  const left = names
    .filter((name) => name.startsWith(base))
    .map((name) => ({ file: path.join(folder, name), rest: name.slice(base.length) }));
  for (const { file } of left.filter(({ rest }) => OLD.test(rest))) {
    if (names.includes(base)) await rm(file, { recursive: true, force: true });
    else await rename(file, target).catch(() => {});
  }
  for (const { file } of left.filter(({ rest }) => PART.test(rest))) {
    const touched = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (Date.now() - touched >= ABANDONED_MS) await rm(file, { recursive: true, force: true }).catch(() => {});
  }
}
