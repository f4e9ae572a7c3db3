import path from 'node:path';
import { shown } from '../errors.ts';
import { weightsIn } from './checkpoint/checkpoint.ts';
import { readMakersConfig } from './makers-config.ts';

/**
 * What a person should know of an encoder's folder before its numbers are believed, a sentence each. `inner`: where its transformer lies.
 * Throws as `readMakersConfig`.
 */
export async function folderNotes({ folder, inner }: { folder: string; inner: string }): Promise<string[]> {
  const notes: string[] = [];
  const { prompt } = await readMakersConfig(folder);
  if (prompt !== undefined) {
    notes.push(`Its makers put ${shown(prompt)} before every text (config_sentence_transformers.json); here texts are run without.`);
  }
  const [other] = inner === folder ? [] : weightsIn(folder);
  if (other !== undefined) {
    const read = path.relative(folder, inner);
    notes.push(`It has weights twice: those in ${read} are read, as its modules.json says, and ${other} is not.`);
  }
  return notes;
}
