import { copyFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { readJson } from './json-file.ts';
import { leadsOut, sentenceModules, transformerFolder } from './sentence-modules.ts';

/** Configuration, weights and tokenizers of modules, by extension. */
const TAKEN = /\.(?:json|txt|model|safetensors|bin)$/;

/**
 * Copies the folders of an encoder's modules, except for its transformer, into another encoder's folder, so that its modules.json works
 * there too. Returns the paths of the files in it. Paths of a modules.json outside its folder are ignored here: they are rejected when the
 * modules are read.
 */
export async function copyModules(folder: string, to: string): Promise<string[]> {
  const modules = sentenceModules(await readJson(path.join(folder, 'modules.json'))) ?? [];
  const home = transformerFolder(folder);
  const folders = new Set(modules.filter(({ at }) => !leadsOut(at)).map(({ at }) => path.normalize(at)));
  const copied: string[] = [];
  for (const at of folders) {
    const from = path.join(folder, at);
    if ([folder, home].some((each) => path.relative(each, from) === '')) continue;
    for (const name of await filesIn(from)) {
      await makeFolder(path.join(to, at));
      await copyFile(path.join(from, name), path.join(to, at, name));
      copied.push([...at.split(path.sep), name].filter((part) => part !== '').join('/'));
    }
  }
  return copied;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => TAKEN.test(name)).toSorted();
  const found = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => undefined)));
  return names.filter((_, i) => found[i]?.isFile() === true);
}
