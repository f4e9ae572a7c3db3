import { readFile } from 'node:fs/promises';
import { HarnessError, reason, shown } from '../errors.ts';

/**
 * The object in a small JSON file; undefined where there is no file. Throws FORMAT where it is no JSON or no object, SOURCE where it cannot
 * be read.
 */
export async function readJsonObject(file: string): Promise<Record<string, unknown> | undefined> {
  const value = await readJson(file);
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) {
    return value as Record<string, unknown> | undefined;
  }
  throw new HarnessError('FORMAT', { where: file, what: `Expected an object, got ${shown(value)}.`, hint: 'Download it again.' });
}

/** What a small JSON file holds; undefined where there is no file. Throws FORMAT where it is no JSON, SOURCE where it cannot be read. */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // Passed over, other tokens, lengths or poolings would be scored in silence.
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
