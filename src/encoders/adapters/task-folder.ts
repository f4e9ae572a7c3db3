import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Class of jina-embeddings-v3's transformer in modules.json: custom code that takes a task and otherwise behaves like Transformer. */
export const TASK_TRANSFORMER = 'custom_st.Transformer';

/**
 * Whether config.json in a folder lists adapters for tasks. An unreadable file or an invalid list is reported when the encoder is opened.
 */
export function hasTasks(folder: string): boolean {
  try {
    const { lora_adaptations: tasks } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as {
      lora_adaptations?: unknown;
    };
    return Array.isArray(tasks) && tasks.length > 0;
  } catch {
    return false;
  }
}

/** Fields of config.json about task adapters, which no longer apply once an adapter was merged in or left out. */
const WORDS: ReadonlySet<string> = new Set([
  'load_trained_adapters',
  'lora_adaptations',
  'lora_alpha',
  'lora_dropout_p',
  'lora_main_params_trainable',
  'lora_rank',
  'task_instructions',
]);

/** config.json of an encoder whose adapters were merged or left out. */
export function withoutTasks(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !WORDS.has(key)));
}
