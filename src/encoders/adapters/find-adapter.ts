import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import { weightsIn } from '../checkpoint/checkpoint.ts';
import { sentenceModules } from '../sentence-modules.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';
/** Weights of an adapter, safetensors first, as in peft. */
export const ADAPTER_WEIGHTS = ['adapter_model.safetensors', 'adapter_model.bin'] as const;
/** Files of the library `adapters` (formerly adapter-transformers), whose adapters are additional layers. */
const OTHER_LIBRARY = ['pytorch_adapter.bin', 'adapter.safetensors', 'pytorch_model_head.bin', 'head_config.json'];

const ALONE =
  'Merge it (peft: merge_and_unload) and save the whole encoder, or move the adapter out of the folder to use the encoder without it.';

/** Whether a folder contains a peft adapter. */
export function hasAdapter(folder: string): boolean {
  return existsSync(path.join(folder, ADAPTER_CONFIG));
}

/** Whether a folder contains only an adapter, with its base encoder elsewhere. */
export function isAdapterAlone(folder: string): boolean {
  return hasAdapter(folder) && weightsIn(folder).length === 0;
}

/** Subfolders, by name, with a peft adapter each: jina-embeddings-v3-hf has one for each task. */
export function tasksIn(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory() || each.isSymbolicLink())
    .map(({ name }) => name);
  return names.filter((name) => !/^checkpoint-\d+$/.test(name) && hasAdapter(path.join(folder, name))).toSorted();
}

/**
 * Whether a folder's own weights were published as the encoder: its modules.json begins with sentence-transformers' Transformer. Adapter
 * folders then do not belong to it: e5-mistral-7b-instruct keeps in `lora/` the adapter that was merged into its weights.
 */
export function isWhole(folder: string): boolean {
  try {
    const [first] = sentenceModules(JSON.parse(readFileSync(path.join(folder, 'modules.json'), 'utf8'))) ?? [];
    return first?.kind === 'Transformer' && !hasAdapter(folder) && weightsIn(folder).length > 0;
  } catch {
    return false;
  }
}

/**
 * Path of the weights of the adapter that belongs to a folder's encoder; undefined if there is none. Throws FORMAT for an adapter that is
 * not supported, which must not be ignored.
 */
export function findAdapter(folder: string): string | undefined {
  const names = new Set(readdirSync(folder, { withFileTypes: true }).map(({ name }) => name));
  const strange = OTHER_LIBRARY.find((name) => names.has(name));
  if (strange !== undefined) {
    throw refused(path.join(folder, strange), 'It belongs to an adapter of the library `adapters`, which is not supported.');
  }
  const beside = new Set(isWhole(folder) ? tasksIn(folder) : []);
  const inner = adapterFolders(folder, [...names]).filter((name) => !beside.has(name));
  if (inner.length > 0) {
    throw refused(
      folder,
      `It has adapters in subfolders (${inner.slice(0, 4).join(', ')}), and it is ambiguous which one is meant.`,
      `Select one with ${option('adapterTask')}. ${ALONE}`,
    );
  }
  const weights = ADAPTER_WEIGHTS.find((name) => names.has(name));
  if (names.has(ADAPTER_CONFIG)) {
    if (weights !== undefined) return path.join(folder, weights);
    throw refused(
      path.join(folder, ADAPTER_CONFIG),
      `Its folder contains neither ${ADAPTER_WEIGHTS.join(' nor ')}.`,
      'Download the adapter again, or move the file out of the folder to use the encoder without it.',
    );
  }
  if (weights !== undefined) {
    throw refused(
      path.join(folder, weights),
      `Its folder lacks ${ADAPTER_CONFIG}, which describes its weights.`,
      'Download the adapter again, or move the file out of the folder to use the encoder without it.',
    );
  }
  return undefined;
}

/** Folders with an adapter in a folder, or in its subfolder `adapters`. Checkpoints of training steps do not belong to the encoder. */
function adapterFolders(folder: string, names: readonly string[]): string[] {
  const within = (name: string): string[] => {
    try {
      return readdirSync(path.join(folder, name)).map((inner) => path.join(name, inner));
    } catch {
      return [];
    }
  };
  const places = names
    .flatMap((name) => (name === 'adapters' ? [name, ...within(name)] : [name]))
    .filter((name) => !/^checkpoint-\d+$/.test(name));
  return places.filter((name) => [ADAPTER_CONFIG, ...OTHER_LIBRARY].some((file) => existsSync(path.join(folder, name, file))));
}

function refused(where: string, what: string, hint = ALONE): HarnessError {
  return new HarnessError('FORMAT', { where, what, hint });
}
