import path from 'node:path';
import { readJson, readJsonObject } from './json-file.ts';
import { leadsOut, sentenceModules } from './sentence-modules.ts';

/**
 * Whether the tokens of a prompt are pooled, as the Pooling module of an encoder has it whose modules cannot be followed as a whole
 * (`PublishedModules` says it of the others): its prompts are left out of the other poolings all the same. A file that cannot be read is
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
