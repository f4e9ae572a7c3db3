import { readFile } from 'node:fs/promises';
import { HarnessError, reason, shown } from '../errors.ts';

/**
 * The object in a small JSON file; undefined if there is no file. Throws FORMAT if it is not JSON or not an object, SOURCE if it cannot be
 * read.
 */
export async function readJsonObject(file: string): Promise<Record<string, unknown> | undefined> {
  const value = await readJson(file);
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) {
    return value as Record<string, unknown> | undefined;
  }
  throw new HarnessError('FORMAT', { where: file, what: `Expected an object, got ${shown(value)}.`, hint: 'Download it again.' });
}

/** The value in a small JSON file; undefined if there is no file. Throws FORMAT if it is not JSON, SOURCE if it cannot be read. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // If it were ignored, other tokens, lengths or poolings would be scored silently.
    throw new HarnessError(
      'SOURCE',
      { where: file, what: `Cannot be read (${reason(error)}).`, hint: 'Replace it with the actual file, or download the encoder again.' },
      { cause: error },
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new HarnessError(
      'FORMAT',
      { where: file, what: `This is not JSON (${reason(error)}).`, hint: 'Download it again.' },
      { cause: error },
    );
  }
}
