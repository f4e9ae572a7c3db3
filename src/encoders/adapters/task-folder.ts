import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What jina-embeddings-v3 calls its transformer in modules.json: code of its own, which takes a task and does else what Transformer does.
 */
export const TASK_TRANSFORMER = 'custom_st.Transformer';

/**
 * Whether config.json in a folder lists adapters for tasks. Who opens the encoder says what is wrong with a file that cannot be read, or a
 * list that is none.
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

/** Words of config.json on adapters for tasks, which say nothing any more once one of them, or none, was merged in. */
const WORDS: ReadonlySet<string> = new Set([
  'load_trained_adapters',
  'lora_adaptations',
  'lora_alpha',
  'lora_dropout_p',
  'lora_main_params_trainable',
  'lora_rank',
  'task_instructions',
]);

/** config.json of an encoder whose adapters were merged, or left out. */
export function withoutTasks(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !WORDS.has(key)));
}
