import path from 'node:path';
import { weightsIn } from './checkpoint/checkpoint.ts';

/**
 * What a person should know of an encoder's folder before its numbers are believed, a sentence each. `inner`: where its transformer lies.
 */
export async function folderNotes({ folder, inner }: { folder: string; inner: string }): Promise<string[]> {
  const notes: string[] = [];
  const [other] = inner === folder ? [] : weightsIn(folder);
  if (other !== undefined) {
    const read = path.relative(folder, inner);
    notes.push(`It has weights twice: those in ${read} are read, as its modules.json says, and ${other} is not.`);
  }
  return notes;
}
