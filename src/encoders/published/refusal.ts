import path from 'node:path';
import { HarnessError, shown } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import { leadsOut } from '../sentence-modules.ts';

/** What ends `as-published`, and no other pooling: FORMAT. */
export function refusal(where: string, what: string): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint: 'Choose another pooling: cls, mean, …' });
}

/** A module's folder. Throws FORMAT where its path leads out of the encoder's. */
export function moduleFolder(folder: string, at: string): string {
  if (leadsOut(at)) throw refusal(path.join(folder, 'modules.json'), `${shown(at)} is outside the folder.`);
  return path.join(folder, at);
}

/** A module's config.json. */
export interface ModuleConfig {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Throws FORMAT where there is none. `kind`: what to call the module. */
export async function moduleConfig(folder: string, at: string, kind: string): Promise<ModuleConfig> {
  const file = path.join(moduleFolder(folder, at), 'config.json');
  const values = await readJsonObject(file);
  if (values === undefined) throw refusal(file, `The ${kind} has no config.json.`);
  return { file, values };
}

/** Throws FORMAT for a word that nothing here follows: the reference ends with an error, or passes it over. */
export function refuseOtherWords({ file, values }: ModuleConfig, known: readonly string[]): void {
  const strange = Object.keys(values).find((key) => !known.includes(key) && values[key] !== null);
  if (strange !== undefined) throw refusal(file, `Its ${strange} is ${shown(values[strange])}, which is not supported.`);
}

/** A whole number from 1 on. Throws FORMAT for anything else. */
export function sizeOf({ file, values }: ModuleConfig, key: string): number {
  const value = values[key];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw refusal(file, value === undefined ? `It lacks ${key}.` : `Its ${key} is ${shown(value)}, expected a number of dimensions.`);
}

/** A switch, `otherwise` where it is left out. Throws FORMAT for what is neither true nor false. */
export function flagOf({ file, values }: ModuleConfig, key: string, otherwise: boolean): boolean {
  const value = Object.hasOwn(values, key) ? values[key] : otherwise;
  if (typeof value === 'boolean') return value;
  throw refusal(file, `Its ${key} is ${shown(value)}, expected true or false.`);
}

/** Throws FORMAT for a module that works on other vectors than a text's: on its tokens, say. */
export function refuseOtherVectors({ file, values }: ModuleConfig): void {
  for (const key of ['module_input_name', 'module_output_name']) {
    const name = values[key] ?? 'sentence_embedding';
    if (name !== 'sentence_embedding') throw refusal(file, `Its ${key} is ${shown(name)}; only sentence_embedding is supported.`);
  }
}
