import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isOwn } from '../../src/experiment/named-refs.ts';
import { writeAtomically } from '../../src/files/atomic.ts';
import { makeFolder } from '../../src/files/make-folder.ts';

/**
 * Inputs that this user's own commands named, recorded in the cache folder: a results folder from somebody else names models and files too,
 * which are opened only if this user has opened them before.
 */

/** Flags whose values are opened. Registry keys are not recorded: their files are pinned by the registry. */
export const OPENED_FLAGS = ['model', 'dataset', 'models-file', 'datasets-file'] as const;

/** Maximum number recorded; the least recently used are dropped. */
const MOST_NOTED = 5000;

/** Identity of a value: a hub repository in any revision, a file by its absolute path. */
export function inputName(flag: (typeof OPENED_FLAGS)[number], value: string): string {
  // NAME=PLACE: only PLACE is opened.
  const place = flag === 'model' && !existsSync(value) ? value.replace(/^[\w.-]+=(?=.)/, '') : value;
  return `${flag} ${place.startsWith('hf:') ? place.replace(/@[^@]*$/, '') : path.resolve(place)}`;
}

/** Inputs of a request that are opened. */
interface Named {
  readonly encoders?: readonly string[] | undefined;
  readonly datasets?: readonly string[] | undefined;
  readonly modelsFile?: string | undefined;
  readonly datasetsFile?: string | undefined;
}

/** Records the inputs of a command. If that fails, the only cost is a confirmation later. */
export async function noteInputs(request: Named, folder: string): Promise<void> {
  const own = [
    ...(request.encoders ?? []).filter(isOwn).map((name) => inputName('model', name)),
    ...(request.datasets ?? []).filter(isOwn).map((name) => inputName('dataset', name)),
    ...(request.modelsFile === undefined ? [] : [inputName('models-file', request.modelsFile)]),
    ...(request.datasetsFile === undefined ? [] : [inputName('datasets-file', request.datasetsFile)]),
  ];
  const known = await ownInputs([folder]);
  if (own.every((each) => known.has(each))) return;
  try {
    await makeFolder(folder);
    await writeAtomically(fileIn(folder), JSON.stringify([...new Set([...known, ...own])].slice(-MOST_NOTED)));
  } catch {
    // A read-only cache folder.
  }
}

/** The inputs recorded in these cache folders. */
export async function ownInputs(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const folder of folders) {
    const list = await readFile(fileIn(folder), 'utf8')
      .then((json): unknown => JSON.parse(json))
      .catch(() => undefined);
    if (Array.isArray(list)) for (const each of list) found.add(String(each));
  }
  return found;
}

function fileIn(folder: string): string {
  return path.join(folder, 'inputs.json');
}
