import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../temporary.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}

/**
 * The checkpoint of an oracle's folder, its tensors under other names: those that `rename` returns, several copies or none. Returns its
 * folder.
 */
export function renamed(oracle: string, rename: (name: string) => readonly string[]): string {
  const folder = temporaryFolder();
  const bytes = readFileSync(path.join(oracle, 'model.safetensors'));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const entries = JSON.parse(bytes.subarray(8, start).toString()) as Record<string, Entry>;
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [
    name,
    {
      data_offsets: [from, to],
      ...rest
    },
  ] of Object.entries(entries).filter(([each]) => each !== '__metadata__')) {
    for (const other of rename(name)) {
      header[other] = { ...rest, data_offsets: [at, at + to - from] };
      at += to - from;
      parts.push(bytes.subarray(start + from, start + to));
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path.join(folder, 'model.safetensors'), Buffer.concat([length, json, ...parts]));
  writeFileSync(path.join(folder, 'config.json'), readFileSync(path.join(oracle, 'config.json')));
  return folder;
}
