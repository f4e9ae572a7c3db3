import path from 'node:path';
import { shown, type HarnessError } from '../../errors.ts';
import { readSentenceConfig } from '../sentence-config.ts';
import { refusal } from './refusal.ts';

/** What a Transformer module may say of its network's work, by key: the one value that is followed, which it is without a word, too. */
const TASK = { transformer_task: 'feature-extraction', module_output_name: 'token_embeddings' } as const;
/** The same of its way with texts. */
const TEXT = { method: 'forward', method_output_name: 'last_hidden_state' } as const;

/**
 * Refuses a Transformer module whose token vectors are not the network's last hidden state, or whose texts are put into a conversation
 * (sentence_transformers/base/modules/transformer.py). Throws FORMAT, naming the word.
 */
export async function refuseOtherTasks(folder: string): Promise<void> {
  const { file, values } = await readSentenceConfig(folder);
  const refuse = (what: string): HarnessError => refusal(path.join(folder, file), what);
  const check = (from: Readonly<Record<string, unknown>>, known: Readonly<Record<string, string>>, where = '') => {
    for (const [key, only] of Object.entries(known)) {
      // One name in a list is that name.
      const [value, ...others] = Array.isArray(from[key]) ? (from[key] as unknown[]) : [from[key] ?? only];
      if (value !== only || others.length > 0) throw refuse(`Its ${where}${key} is ${shown(from[key])}; only ${only} is supported.`);
    }
  };
  check(values, TASK);
  const modalities = values['modality_config'] ?? undefined;
  if (modalities === undefined) return;
  if (!isObject(modalities)) throw refuse(`Its modality_config is ${shown(modalities)}, expected an object.`);
  if ('message' in modalities) throw refuse('Its modality_config has "message": it wraps texts in a conversation, which is not supported.');
  const text = modalities['text'];
  if (!isObject(text))
    throw refuse(`Its modality_config has ${Object.keys(modalities).join(', ') || 'nothing'}, but not how texts are read.`);
  check(text, TEXT, 'modality_config.text.');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
