import path from 'node:path';
import { readJsonObject } from '../encoders/json-file.ts';
import { HarnessError } from '../errors.ts';

/** Fields of a config.json that do not describe the network. */
const IDLE: ReadonlySet<string> = new Set(['_name_or_path', 'transformers_version', 'torch_dtype', 'dtype', 'use_cache']);

export interface OwnConfigParams {
  /** Folder of an adapter that has a config.json. */
  readonly adapter: string;
  /** Folder of the encoder that it belongs to. */
  readonly base: string;
  /** Whether there is a modules.json, which sentence-transformers reads. */
  readonly hasModules: boolean;
}

/**
 * Notes on a config.json next to an adapter, which peft never writes: it makes another network of the base's weights, as LLM2Vec does for
 * bidirectional attention (its `from_pretrained`, and that of transformers 5.24 for a folder, read it and not the base's).
 * sentence-transformers 6.2 reads the base's. Throws FORMAT if it differs from the base's and sentence-transformers is to be followed.
 */
export async function ownConfigNotes({ adapter, base, hasModules }: OwnConfigParams): Promise<string[]> {
  const file = path.join(adapter, 'config.json');
  const [own = {}, other = {}] = [await readJsonObject(file), await readJsonObject(path.join(base, 'config.json'))];
  const words = [...new Set([...Object.keys(own), ...Object.keys(other)])]
    .filter((key) => !IDLE.has(key) && JSON.stringify(own[key] ?? null) !== JSON.stringify(other[key] ?? null))
    .toSorted();
  if (words.length === 0) return [];
  const differs = `the config.json of the adapter and that of its base (${base}) differ in ${words.join(', ')}`;
  if (!hasModules) return [`Using the adapter's own config.json: ${differs}.`];
  throw new HarnessError('FORMAT', {
    where: file,
    what: `It is ambiguous which network is meant: ${differs}; sentence-transformers (modules.json) reads that of the base.`,
    hint: "Remove the adapter's config.json to use that of the base, or modules.json to use that of the adapter.",
  });
}
