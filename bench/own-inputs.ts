import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../src/files/atomic.ts';
import { makeFolder } from '../src/files/make-folder.ts';
import { text, texts } from './options.ts';
import type { Arguments } from './verb.ts';

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
  return `${flag} ${value.startsWith('hf:') ? value.replace(/@[^@]*$/, '') : path.resolve(value)}`;
}

/** Notes the inputs of a command that somebody typed. A note that cannot be written costs a question later, nothing else. */
export async function noteInputs(argv: Arguments): Promise<void> {
  const own = OPENED_FLAGS.flatMap((flag) => texts(argv, flag).map((value) => inputName(flag, value)));
  if (own.length === 0) return;
  const folder = text(argv, 'cache')!;
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
    const list = await readFile(fileIn(folder), 'utf8').then((json): unknown => JSON.parse(json)).catch(() => undefined);
    if (Array.isArray(list)) for (const each of list) found.add(String(each));
  }
  return found;
}

function fileIn(folder: string): string {
  return path.join(folder, 'inputs.json');
}
