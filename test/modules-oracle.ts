import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readSafetensors } from '../src/tensors/read-safetensors.ts';
import { ownOracle } from './oracles.ts';
import { temporaryFolder } from './temporary.ts';

/** The reference's numbers of the oracles' modules, by `FOLDER.encode` etc. */
export function modulesExpected(): ReadonlyMap<string, Float32Array> {
  const { tensors } = readSafetensors(readFileSync(ownOracle('modules', 'expected.safetensors')), 'modules');
  return new Map([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
}

/** The texts, and the prefix of each of them in the `prompt` numbers. */
export function modulesTexts(): { readonly texts: string[]; readonly prompt: string } {
  return JSON.parse(readFileSync(ownOracle('modules', 'expected.json'), 'utf8')) as { texts: string[]; prompt: string };
}

/** Names of the oracles' folders of modules. */
export function modulesFolders(): string[] {
  return readdirSync(ownOracle('modules'), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** A whole encoder: the transformer, followed by the modules. */
export function withModules(name: string, to: string = temporaryFolder()): string {
  cpSync(ownOracle('minilm'), to, { recursive: true, filter: isTransformers });
  cpSync(ownOracle('modules', name), to, { recursive: true });
  return to;
}

function isTransformers(file: string): boolean {
  return !/^(?:\d_.*|modules\.json|config_sentence.*|expected.*)$/.test(path.basename(file));
}
