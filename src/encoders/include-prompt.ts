import path from 'node:path';
import { readJson, readJsonObject } from './json-file.ts';
import { leadsOut, sentenceModules } from './sentence-modules.ts';

/**
 * Whether the tokens of a prompt are pooled, according to the Pooling module of an encoder whose modules are not supported as a whole (for
 * others see `PublishedModules`): its prompts are excluded from the other poolings all the same. An unreadable file is the reason why there
 * is no published pooling, and has no further effect.
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
