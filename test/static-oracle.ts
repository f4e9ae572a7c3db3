import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors } from '../src/tensors/read-safetensors.ts';
import { ownOracle } from './oracles.ts';
import { temporaryFolder } from './temporary.ts';

/** Names of the oracles of static encoders that have numbers of a kind: `encode`, `plain`, `gradient`. */
export function staticFolders(kind: string): string[] {
  return [...staticExpected().keys()].filter((key) => key.endsWith(`.${kind}`)).map((key) => key.slice(0, -kind.length - 1));
}

let numbers: ReadonlyMap<string, Float32Array> | undefined;

/** The reference's numbers, by `FOLDER.encode` and the like. */
export function staticExpected(): ReadonlyMap<string, Float32Array> {
  const { tensors } = readSafetensors(readFileSync(ownOracle('static', 'expected.safetensors')), 'static');
  numbers ??= new Map([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
  return numbers;
}

export function staticTexts(): { readonly texts: string[]; readonly prompt: string } {
  return JSON.parse(readFileSync(ownOracle('static', 'expected.json'), 'utf8')) as { texts: string[]; prompt: string };
}

/** A whole static encoder: the folder of the oracle with the tokenizer that it shares with others. */
export function staticFolder(name: string, to: string = temporaryFolder()): string {
  cpSync(ownOracle('static', name), to, { recursive: true });
  const file = path.join(to, 'static.json');
  const {
    tokenizer,
    at,
    truncation = null,
  } = JSON.parse(readFileSync(file, 'utf8')) as { tokenizer: string; at: string; truncation?: unknown };
  rmSync(file);
  const json = JSON.parse(readFileSync(ownOracle('static', 'tokenizers', tokenizer, 'tokenizer.json'), 'utf8')) as object;
  writeFileSync(path.join(to, at, 'tokenizer.json'), JSON.stringify({ ...json, truncation }));
  return to;
}
