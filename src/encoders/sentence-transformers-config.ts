import path from 'node:path';
import { HarnessError, shown } from '../errors.ts';
import { readJsonObject } from './json-file.ts';

/** The encoder's settings in config_sentence_transformers.json. */
export interface SentenceTransformersConfig {
  /** Its path. */
  readonly file: string;
  /** Prompts by name; '' for a missing text. */
  readonly prompts: ReadonlyMap<string, string>;
  /** Name of the default prompt; undefined for none. */
  readonly defaultPrompt: string | undefined;
  readonly modelType: unknown;
  /** Number of dimensions kept of a vector; null for all. */
  readonly kept: unknown;
}

/** Reads the file as sentence-transformers does; without it, everything is at its default. Throws FORMAT for an invalid file. */
export async function readSentenceTransformersConfig(folder: string): Promise<SentenceTransformersConfig> {
  const file = path.join(folder, 'config_sentence_transformers.json');
  const values = (await readJsonObject(file)) ?? {};
  const prompts = promptsOf(file, values['prompts'] ?? {});
  return {
    file,
    prompts,
    defaultPrompt: defaultOf(file, values['default_prompt_name'] ?? null, prompts),
    modelType: values['model_type'] ?? 'SentenceTransformer',
    kept: values['truncate_dim'] ?? null,
  };
}

function promptsOf(file: string, prompts: unknown): Map<string, string> {
  if (typeof prompts !== 'object' || prompts === null || Array.isArray(prompts)) {
    throw refusal(`${file}: prompts`, `Expected texts by name, got ${shown(prompts)}.`);
  }
  return new Map(
    Object.entries(prompts).map(([name, text]: [string, unknown]) => {
      if (text !== null && typeof text !== 'string') throw refusal(`${file}: prompts.${name}`, `Expected a text, got ${shown(text)}.`);
      return [name, text ?? ''];
    }),
  );
}

/** Every folder has these, with an empty text by default. */
const USUAL: readonly string[] = ['query', 'document'];

function defaultOf(file: string, name: unknown, prompts: ReadonlyMap<string, string>): string | undefined {
  if (name === null) return undefined;
  if (typeof name !== 'string' || !(prompts.has(name) || USUAL.includes(name))) {
    throw refusal(`${file}: default_prompt_name`, `It is ${shown(name)}, which is not one of its prompts.`);
  }
  return prompts.get(name) ? name : undefined;
}

function refusal(where: string, what: string): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint: 'Correct the file, or download it again.' });
}
