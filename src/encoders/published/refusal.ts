import path from 'node:path';
import { HarnessError, shown } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import { leadsOut } from '../sentence-modules.ts';

/** Ends `as-published`, and no other pooling: FORMAT. */
export function refusal(where: string, what: string): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint: 'Choose another pooling: cls, mean, …' });
}

/** A module's folder. Throws FORMAT if its path is outside the encoder's. */
export function moduleFolder(folder: string, at: string): string {
  if (leadsOut(at)) throw refusal(path.join(folder, 'modules.json'), `${shown(at)} is outside the folder.`);
  return path.join(folder, at);
}

/** A module's config.json. */
export interface ModuleConfig {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Throws FORMAT if there is none. `kind`: name of the module in messages. */
export async function moduleConfig(folder: string, at: string, kind: string): Promise<ModuleConfig> {
  const file = path.join(moduleFolder(folder, at), 'config.json');
  const values = await readJsonObject(file);
  if (values === undefined) throw refusal(file, `The ${kind} has no config.json.`);
  return { file, values };
}

/** Throws FORMAT for an unsupported field: the reference throws an error for it, or ignores it. */
export function refuseOtherWords({ file, values }: ModuleConfig, known: readonly string[]): void {
  const strange = Object.keys(values).find((key) => !known.includes(key) && values[key] !== null);
  if (strange !== undefined) throw refusal(file, `Its ${strange} is ${shown(values[strange])}, which is not supported.`);
}

/** An integer of at least 1. Throws FORMAT for anything else. */
export function sizeOf({ file, values }: ModuleConfig, key: string): number {
  const value = values[key];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw refusal(file, value === undefined ? `It lacks ${key}.` : `Its ${key} is ${shown(value)}, expected a number of dimensions.`);
}

/** A boolean, `otherwise` by default. Throws FORMAT for anything else. */
export function flagOf({ file, values }: ModuleConfig, key: string, otherwise: boolean): boolean {
  const value = Object.hasOwn(values, key) ? values[key] : otherwise;
  if (typeof value === 'boolean') return value;
  throw refusal(file, `Its ${key} is ${shown(value)}, expected true or false.`);
}

/** Throws FORMAT for a module that works on other vectors than a text's, such as those of its tokens. */
export function refuseOtherVectors({ file, values }: ModuleConfig): void {
  for (const key of ['module_input_name', 'module_output_name']) {
    const name = values[key] ?? 'sentence_embedding';
    if (name !== 'sentence_embedding') throw refusal(file, `Its ${key} is ${shown(name)}; only sentence_embedding is supported.`);
  }
}
