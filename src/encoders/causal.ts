import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { Config } from './families/config.ts';
import { FAMILIES } from './families/families.ts';
import { readJsonObject } from './json-file.ts';

/**
 * Whether an encoder uses causal attention, according to the config.json of its folder; false if it does not say. Errors in the file are
 * reported elsewhere, as an ONNX file runs regardless.
 */
export async function isCausal(folder: string): Promise<boolean> {
  const file = path.join(folder, 'config.json');
  const values = await readJsonObject(file);
  if (values === undefined) return false;
  const family = FAMILIES.find(({ types, causal }) => causal !== undefined && types.some((type) => type === values['model_type']));
  try {
    return family?.causal?.(new Config(file, values)) ?? false;
  } catch (error) {
    if (error instanceof HarnessError) return false;
    throw error;
  }
}

/** Note on such an encoder before its vectors are pooled, a sentence. */
export const CAUSAL_NOTE =
  'Its attention is causal: the first token (cls) has seen nothing of the text, the last (last, usually as-published) all of it.';
