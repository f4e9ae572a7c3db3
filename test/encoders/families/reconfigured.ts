import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../temporary.ts';

/**
 * The checkpoint of an oracle's folder with another configuration, or with another of its files as weights; a key that is undefined is
 * removed. Returns its folder.
 */
export function reconfigured(oracle: string, change: Readonly<Record<string, unknown>>, weights?: string): string {
  const folder = temporaryFolder();
  const config = JSON.parse(readFileSync(path.join(oracle, 'config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...change }));
  if (weights !== undefined) symlinkSync(path.resolve(oracle, weights), path.join(folder, 'model.safetensors'));
  else
    for (const name of readdirSync(oracle).filter((file) => file.startsWith('model')))
      symlinkSync(path.resolve(oracle, name), path.join(folder, name));
  return folder;
}
