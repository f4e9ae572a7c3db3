import path from 'node:path';
import { HarnessError, shown } from '../errors.ts';
import { own } from '../own.ts';
import { readJsonObject } from './json-file.ts';

/** What config_sentence_transformers.json says of every text and vector of an encoder. */
export interface MakersConfig {
  /** Its path. */
  readonly file: string;
  /** Put before every text unless its user says otherwise; undefined for none. */
  readonly prompt: string | undefined;
  readonly modelType: unknown;
  /** How many numbers of a vector are kept; null for all. */
  readonly kept: unknown;
}

/**
 * Reads the file as sentence-transformers does; without one, it says nothing. Throws FORMAT where it is no JSON object, or names a
 * prompt that it does not have.
 */
export async function readMakersConfig(folder: string): Promise<MakersConfig> {
  const file = path.join(folder, 'config_sentence_transformers.json');
  const values = (await readJsonObject(file)) ?? {};
  return {
    file,
    prompt: promptOf(file, values),
    modelType: values['model_type'] ?? 'SentenceTransformer',
    kept: values['truncate_dim'] ?? null,
  };
}

/** Every folder has these, without a text where the file gives none. */
const USUAL: Readonly<Record<string, unknown>> = { query: null, document: null };

function promptOf(file: string, { default_prompt_name: name, prompts }: Readonly<Record<string, unknown>>): string | undefined {
  if (name === undefined || name === null) return undefined;
  const known: Readonly<Record<string, unknown>> = { ...USUAL, ...(typeof prompts === 'object' ? prompts : {}) };
  const prompt = typeof name === 'string' ? own(known, name) : undefined;
  if (prompt === null || prompt === '') return undefined;
  if (typeof prompt === 'string') return prompt;
  const where = `${file}: default_prompt_name`;
  throw new HarnessError('FORMAT', {
    where,
    what: `It is ${shown(name)}, which its prompts do not have as a text.`,
    hint: 'Correct the file, or fetch it again.',
  });
}
