import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ADAPTER_CONFIG, hasAdapter, isAdapterAlone } from '../encoders/adapters/find-adapter.ts';
import { baseOf } from '../encoders/adapters/lora-config.ts';
import { transformerFolder } from '../encoders/sentence-modules.ts';
import { HarnessError, reason } from '../errors.ts';
import { encoderPaths, TOKENIZERS, WEIGHT_NAMES, weightPaths } from '../sources/encoder-files.ts';
import { symlinkFolder } from '../sources/symlink-folder.ts';
import type { Sources } from '../sources/sources.ts';
import type { LocalFile } from '../sources/types.ts';
import { ownConfigNotes } from './adapter-config.ts';

export interface AdapterParams {
  /** The encoder's, as the user named it. */
  readonly folder: string;
  readonly sources: Sources;
}

export interface Completed {
  readonly folder: string;
  /** Notes for the user on how the two were combined, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * A folder that holds an adapter together with the encoder that its adapter_config.json names: the folder itself if it has weights or no
 * adapter, else one of symbolic links. The base is a folder (relative to the working directory, or to the adapter's) or a hub repository. A
 * config.json next to the adapter takes precedence over the base's (see `ownConfigNotes`). Throws SOURCE if the base is not available, and
 * what fetching it throws.
 */
export async function withBase({ folder, sources }: AdapterParams): Promise<Completed> {
  const inner = transformerFolder(folder);
  if (!isAdapterAlone(inner)) return { folder, notes: [] };
  const base = transformerFolder(await baseFolder(inner, sources));
  const own = await pathsIn(folder);
  const inside = path.relative(folder, inner);
  const has = (file: string): boolean => own.includes(path.join(inside, file));
  const paths = await pathsIn(base);
  const taken = paths.filter(
    (file) =>
      (file === 'config.json' && !has(file)) ||
      weightPaths(paths, '').includes(file) ||
      (!TOKENIZERS.some((files) => files.every(has)) && isTokenizer(file)),
  );
  const files = new Map<string, LocalFile>();
  for (const file of encoderPaths({ paths: own, onnx: undefined, folder: '' })) {
    files.set(file, await local(path.join(folder, file), sources));
  }
  for (const file of taken) files.set(path.join(inside, file), await local(path.join(base, file), sources));
  const notes = has('config.json') ? await ownConfigNotes({ adapter: inner, base, hasModules: own.includes('modules.json') }) : [];
  return { folder: (await symlinkFolder(path.join(sources.context.cacheDir, 'adapted'), files)).folder, notes };
}

async function baseFolder(adapter: string, sources: Sources): Promise<string> {
  const file = path.join(adapter, ADAPTER_CONFIG);
  const { name, revision } = baseOf(adapter, await readFile(file, 'utf8'));
  const where = `${file}: base_model_name_or_path`;
  const places = [...new Set([path.resolve(name), path.resolve(adapter, name)])];
  const there = places.find((place) => existsSync(path.join(place, 'config.json')) || existsSync(path.join(place, 'modules.json')));
  if (there !== undefined) return checked(there, where);
  const hint = 'Put config.json and the weights of the base encoder into the folder, or correct base_model_name_or_path.';
  if (!/^\w[\w.-]*\/[\w.-]+$/.test(name)) {
    throw new HarnessError('SOURCE', {
      where,
      what: `The base encoder of the adapter, "${name}", is neither a local folder (${places.join(', ')}) nor a hub repository.`,
      hint,
    });
  }
  try {
    const { folder } = await sources.fetchHubModel({
      source: `hf:${name}${revision === undefined ? '' : `@${revision}`}`,
      checkpoint: true,
    });
    return checked(folder, where);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new HarnessError(
      error.code,
      { where, what: `The base encoder of the adapter, "${name}", is unavailable: ${reason(error)}`, hint },
      { cause: error },
    );
  }
}

/** Throws if the base is more than an encoder's checkpoint. */
function checked(folder: string, where: string): string {
  const inner = transformerFolder(folder);
  const hint = 'Merge the adapter with peft (merge_and_unload) and save the whole encoder.';
  if (hasAdapter(inner)) {
    throw new HarnessError('FORMAT', { where, what: `The base encoder has an adapter itself (${inner}).`, hint });
  }
  if (!WEIGHT_NAMES.some((file) => existsSync(path.join(inner, file)))) {
    throw new HarnessError('FORMAT', {
      where,
      what: `The base encoder has no checkpoint weights (${inner}).`,
      hint,
    });
  }
  return folder;
}

function isTokenizer(file: string): boolean {
  return TOKENIZERS.flat().includes(file) || ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'].includes(file);
}

/** Files of a folder and of its subfolders. */
async function pathsIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const inner = entry.isFile() || entry.isSymbolicLink() ? [] : await readdir(path.join(folder, entry.name)).catch(() => []);
    paths.push(...(entry.isDirectory() ? inner.map((name) => path.join(entry.name, name)) : [entry.name]));
  }
  return paths;
}

async function local(file: string, sources: Sources): Promise<LocalFile> {
  return { path: file, sha256: await sources.hashOf(file), bytes: (await stat(file)).size };
}
