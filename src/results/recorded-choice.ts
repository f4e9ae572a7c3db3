import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CHOICE_JSON } from './choice-files.ts';

const choice = z.object({ notes: z.array(z.string()) });

/**
 * The answer of a choice for each dataset, from choose.json: the first of its notes about the dataset, each of which begins with the
 * dataset's title. `titles`: of the datasets of the folder. Empty if the folder has no choice, or its file was written by something else.
 */
export async function readChoiceAnswers(folder: string, titles: readonly string[]): Promise<string[]> {
  const text = await readFile(path.join(folder, CHOICE_JSON), 'utf8').catch(() => '');
  const { data } = choice.safeParse(parsed(text));
  return titles.flatMap((title) => data?.notes.find((note) => note.startsWith(`${title}: `)) ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
