import path from 'node:path';
import { shown, type HarnessError } from '../../errors.ts';
import { readSentenceConfig } from '../sentence-config.ts';
import { refusal } from './refusal.ts';

/** Settings of a Transformer module for its network, by key: the only supported value, which is also the default. */
const TASK = { transformer_task: 'feature-extraction', module_output_name: 'token_embeddings' } as const;
/** The same for its inputs. */
const TEXT = { method: 'forward', method_output_name: 'last_hidden_state' } as const;

/**
 * Rejects a Transformer module whose token vectors are not the network's last hidden state, or whose texts are formatted as a conversation
 * (sentence_transformers/base/modules/transformer.py). Throws FORMAT, naming the field.
 */
export async function refuseOtherTasks(folder: string): Promise<void> {
  const { file, values } = await readSentenceConfig(folder);
  const refuse = (what: string): HarnessError => refusal(path.join(folder, file), what);
  const check = (from: Readonly<Record<string, unknown>>, known: Readonly<Record<string, string>>, where = '') => {
    for (const [key, only] of Object.entries(known)) {
      // A list of one name is equivalent to the name.
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
