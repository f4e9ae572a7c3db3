import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { Config } from './families/config.ts';
import { FAMILIES } from './families/families.ts';
import { readJsonObject } from './json-file.ts';

/**
 * Whether an encoder's tokens see those before them alone, as the config.json of its folder has it; false where that says nothing of it.
 * What is wrong with the file is for others to say: an ONNX file runs whatever it says.
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

/** What a person should know of such an encoder before its vectors are pooled, a sentence. */
export const CAUSAL_NOTE =
  'Its attention is causal: the first token (cls) has seen nothing of the text, the last (last, usually as-published) all of it.';
