import { readFile } from 'node:fs/promises';
import { HarnessError, reason } from '../errors.ts';

/** The object in a small JSON file; undefined where there is no file. Throws FORMAT where it is no JSON. */
export async function readJsonObject(file: string): Promise<Record<string, unknown> | undefined> {
  const value = await readJson(file);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** What a small JSON file holds; undefined where there is no file. Throws FORMAT where it is no JSON. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new HarnessError('FORMAT', { where: file, what: `This is no JSON (${reason(error)}).`, mend: 'Fetch it again.' }, { cause: error });
  }
}
