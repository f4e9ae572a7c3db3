import path from 'node:path';
import { readJson, readJsonObject } from './json-file.ts';
import { leadsOut, sentenceModules } from './sentence-modules.ts';

/**
 * Whether the tokens of a prompt count in the mean, as an encoder's Pooling module has it (`include_prompt`). A file that cannot be used is
 * the reason why there is no published pooling, and decides nothing else.
 */
export async function includesPrompt(folder: string): Promise<boolean> {
  try {
    const modules = sentenceModules(await readJson(path.join(folder, 'modules.json')));
    const pooling = modules?.find(({ kind }) => kind === 'Pooling');
    if (pooling === undefined || leadsOut(pooling.at)) return true;
    return (await readJsonObject(path.join(folder, pooling.at, 'config.json')))?.['include_prompt'] !== false;
  } catch {
    return true;
  }
}
