import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isOwn } from '../../src/experiment/named-refs.ts';
import { writeAtomically } from '../../src/files/atomic.ts';
import { makeFolder } from '../../src/files/make-folder.ts';

/**
 * What this user's own commands were given, kept in the cache folder: a results folder from somebody else names models and files
 * too, and what it names is opened only where its reader has opened it before.
 */

/** Flags whose values are opened. Registry keys are none of them: their files are pinned by the registry. */
export const OPENED_FLAGS = ['model', 'dataset', 'models-file', 'datasets-file'] as const;

/** More than these, and the longest unseen are forgotten. */
const MOST_NOTED = 5000;

/** What a value names, wherever it is said: of a hub repository whatever revision, of a path the whole of it. */
export function inputName(flag: (typeof OPENED_FLAGS)[number], value: string): string {
  // NAME=PLACE: the name is the reader's, the place is what is opened.
  const place = flag === 'model' && !existsSync(value) ? value.replace(/^[\w.-]+=(?=.)/, '') : value;
  return `${flag} ${place.startsWith('hf:') ? place.replace(/@[^@]*$/, '') : path.resolve(place)}`;
}

/** What of a request is opened. */
interface Named {
  readonly encoders?: readonly string[] | undefined;
  readonly datasets?: readonly string[] | undefined;
  readonly modelsFile?: string | undefined;
  readonly datasetsFile?: string | undefined;
}

/** Notes the inputs of a command that somebody typed. A note that cannot be written costs a question later, nothing else. */
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

/** What was noted in these cache folders. */
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
