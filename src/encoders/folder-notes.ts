import path from 'node:path';
import { weightsIn } from './checkpoint/checkpoint.ts';
import { readJsonObject } from './json-file.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface FolderNotesParams {
  readonly folder: string;
  /** Folder of its transformer. */
  readonly inner: string;
  readonly tokenizer: TextTokenizer;
}

/** Human-readable notes on an encoder's folder that affect how far its vectors can be trusted, one sentence each. */
export async function folderNotes({ folder, inner, tokenizer }: FolderNotesParams): Promise<string[]> {
  const notes = await tokensLeftOut(inner, tokenizer);
  const [other] = inner === folder ? [] : weightsIn(folder);
  if (other !== undefined) {
    const read = path.relative(folder, inner);
    notes.push(`It has two sets of weights: ${read} is used, as its modules.json says; ${other} is ignored.`);
  }
  return notes;
}

/**
 * Tokens around a text that tokenizer_config.json requests but transformers 5.24, and therefore we, do not add: older versions do, and so
 * does custom code (gte-Qwen2), whose last token is then the text's vector.
 */
async function tokensLeftOut(folder: string, tokenizer: TextTokenizer): Promise<string[]> {
  const said = (await readJsonObject(path.join(folder, 'tokenizer_config.json'))) ?? {};
  const { ids } = tokenizer.encode('', 0);
  const [first, last] = [ids[0], ids.at(-1)].map((id) => (id === undefined ? undefined : tokenizer.tokenOf(id, '')));
  return [
    { role: 'bos', where: 'before', there: first },
    { role: 'eos', where: 'behind', there: last },
  ].flatMap(({ role, where, there }) => {
    const value = said[`${role}_token`];
    const token = typeof value === 'string' ? value : (value as { content?: unknown } | null | undefined)?.content;
    if (said[`add_${role}_token`] !== true || typeof token !== 'string' || there === token) return [];
    return [
      `Its tokenizer_config.json asks for ${token} ${where} every text (add_${role}_token), but nothing else in the folder adds it: ` +
        'it is not added, as in transformers 5; custom code and older versions may add it.',
    ];
  });
}
