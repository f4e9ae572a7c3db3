import path from 'node:path';
import { readJson } from '../json-file.ts';
import { sentenceModules } from '../sentence-modules.ts';
import type { StaticConfig } from './static-config.ts';
import type { StaticRules } from './static-folder.ts';
import { staticLimit } from './static-tokenizer.ts';

/** model2vec's default length limit (DEFAULT_MAX_LENGTH). */
const USUAL_LIMIT = 512;

/**
 * Contradictions between the files of a static encoder, and which one is used, one sentence each: model2vec's config.json and modules.json
 * may differ, and sentence-transformers only reads the latter.
 */
export async function staticNotes(folder: string, rules: StaticRules, { normalize, maxLength, config }: StaticConfig): Promise<string[]> {
  if (rules === 'model2vec') {
    if (maxLength !== undefined || config.values['max_length'] === null) return [];
    return [`Its config.json has no max_length: model2vec would truncate texts to ${USUAL_LIMIT} tokens, here they are used whole.`];
  }
  const notes: string[] = [];
  const limit = await staticLimit(folder, rules);
  if (maxLength !== undefined && limit !== maxLength) {
    const done = limit === Infinity ? 'which does not truncate texts' : `which truncates texts to ${limit}`;
    notes.push(`Its config.json says max_length ${maxLength}; the tokenizer.json is followed, ${done}.`);
  }
  const modules = sentenceModules(await readJson(path.join(folder, 'modules.json'))) ?? [];
  const said = config.has('normalize') && modules.length > 0;
  if (said && normalize !== modules.some(({ kind }) => kind === 'Normalize')) {
    notes.push(
      `Its config.json says normalize ${normalize}, and its modules.json ${normalize ? 'has no' : 'has a'} Normalize: as-published follows the modules.`,
    );
  }
  return notes;
}
