import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint, type Checkpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { temporaryFolder } from '../../temporary.ts';

const root = temporaryFolder();
let count = 0;

/** A new folder with these files. */
export function folderWith(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = path.join(root, `f${count++}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  return folder;
}

export function openBin(bytes: Uint8Array): Promise<Checkpoint> {
  return openCheckpoint(folderWith({ 'pytorch_model.bin': bytes }));
}

export function openSafetensors(bytes: Uint8Array): Promise<Checkpoint> {
  return openCheckpoint(folderWith({ 'model.safetensors': bytes }));
}

export async function valuesOf({ tensors }: Checkpoint, name: string): Promise<number[]> {
  return [...(await readFloats(tensors.get(name)!))];
}

/** For assert.rejects: a FORMAT error with this message after the path of the file. */
export function refused(name: string, message: string): (error: Error & { code?: string }) => boolean {
  return ({ code, message: whole }) => {
    const at = whole.indexOf(`${path.sep}${name}: `);
    if (code === 'FORMAT' && at > 0 && whole.slice(at + name.length + 3) === message) return true;
    throw new Error(`${code} ${whole}\nwas to be: ${message}`);
  };
}
