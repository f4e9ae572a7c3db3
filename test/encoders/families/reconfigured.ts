import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { shared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';

/** An oracle's checkpoint under another configuration; a key that is undefined is left out. Returns its folder. */
export function reconfigured(oracle: string, change: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  const config = JSON.parse(readFileSync(shared('oracles', oracle, 'config.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, ...change }));
  symlinkSync(path.resolve(shared('oracles', oracle, 'model.safetensors')), path.join(folder, 'model.safetensors'));
  return folder;
}
