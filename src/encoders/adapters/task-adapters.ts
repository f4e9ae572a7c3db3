import path from 'node:path';
import { HarnessError, option, shown } from '../../errors.ts';
import { readFloats } from '../../tensors/read-floats.ts';
import { ITEM_BYTES, type StoredTensor } from '../../tensors/stored-tensor.ts';
import type { Config } from '../families/config.ts';
import { NO_TASK } from '../families/family.ts';
import { isWhole, tasksIn } from './find-adapter.ts';
import { addProduct } from './merge.ts';

/** Names of a weight with adapters (torch.nn.utils.parametrize): MODULE.parametrizations.weight.original, ….0.lora_A, ….0.lora_B. */
const PART = /^(.+)\.parametrizations\.weight\.(?:(original)|0\.(lora_[AB]))$/;

interface Parts {
  readonly original?: StoredTensor;
  readonly lora_A?: StoredTensor;
  readonly lora_B?: StoredTensor;
}

export interface TaskParams {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly config: Config;
  readonly task: string;
}

/** Tasks with an adapter in config.json (`lora_adaptations` of jina-embeddings-v3); empty for other encoders. */
export function tasksOf(config: Config): string[] {
  const tasks = config.values['lora_adaptations'];
  if (!config.has('lora_adaptations')) return [];
  const names = Array.isArray(tasks) && tasks.every((each) => typeof each === 'string') ? (tasks as string[]) : [];
  if (names.length > 0 && new Set([...names, NO_TASK]).size === names.length + 1) return names;
  throw new HarnessError('FORMAT', {
    where: `${config.file}: lora_adaptations`,
    what: `Expected distinct task names other than "${NO_TASK}", got ${shown(tasks)}.`,
    hint: 'Check the checkpoint.',
  });
}

/** Column `attention` for the selected task: '' for none, the published code's default. */
export function adaptedTask(config: Config, task: string): string {
  return task === NO_TASK || tasksOf(config).length === 0 ? '' : `task:${task}`;
}

/**
 * The weights of a checkpoint that contains adapters for several tasks, with that of one task merged in: W + lora_alpha / lora_rank * B A,
 * for embedding tables * A B (jinaai/xlm-roberta-flash-implementation, modeling_lora.py). Without a task they are the shared weights, as in
 * the published code. Other checkpoints are unchanged. Throws FORMAT if the adapters do not match, OPTION for an unknown task.
 */
export function withTask({ tensors, config, task }: TaskParams): {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly notes: readonly string[];
} {
  const tasks = tasksOf(config);
  if (tasks.length === 0) return { tensors, notes: [] };
  const at = tasks.indexOf(task);
  if (task !== NO_TASK && at < 0)
    throw noTask(config, `It has no adapter for the task ${shown(task)}.`, `Its tasks are ${tasks.join(', ')}, or ${NO_TASK}.`);
  const modules = new Map<string, Parts>();
  const merged = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    const [, module, original, part] = PART.exec(name) ?? [];
    if (module === undefined) merged.set(name, tensor);
    else modules.set(module, { ...modules.get(module), [original ?? part!]: tensor });
  }
  if (modules.size === 0) {
    if (at < 0) return { tensors, notes: [] };
    throw noTask(config, 'Its weights come without task adapters.', `Omit the task, or use the published checkpoint.`);
  }
  const rank = config.size('lora_rank', { fallback: 4 });
  const scaling = config.number('lora_alpha', 1) / rank;
  for (const [module, parts] of modules) {
    if (merged.has(`${module}.weight`)) throw misfit(config, `"${module}" has both a plain weight and one with adapters.`);
    const { original, left, right } = matrices({ module, parts, rank, tasks: tasks.length, config });
    const change = async (values: Float32Array) =>
      addProduct(values, {
        left: await readFloats(slice(left, at)),
        right: await readFloats(slice(right, at)),
        rank,
        within: original.shape[1]!,
        scaling,
      });
    merged.set(`${module}.weight`, { ...original, ...(at < 0 ? {} : { change }) });
  }
  return { tensors: merged, notes: [at < 0 ? untold(tasks) : told(config, task)].filter((note) => note !== '') };
}

export interface FolderTaskParams {
  readonly folder: string;
  readonly config: Config;
  readonly task: string;
  /** Whether the encoder is usable without a task, with its adapters in folders or not. */
  readonly alone: boolean;
}

export interface FolderTask {
  readonly adapter: string | undefined;
  /** Its value in the column `attention`. */
  readonly task?: string;
  readonly notes: readonly string[];
}

/**
 * The folder whose adapter is merged in, for an encoder with a peft adapter per task in a folder of that name; undefined if there is none,
 * or no task is selected. Throws OPTION for an unknown task.
 */
export function taskFolder({ folder, config, task, alone }: FolderTaskParams): FolderTask {
  const listed = tasksOf(config).length > 0;
  const tasks = listed ? [] : tasksIn(folder);
  if (tasks.length === 0) {
    if (listed || !alone || task === NO_TASK) return { adapter: folder, notes: [] };
    const hint = 'Omit the task. hf:jinaai/jina-embeddings-v3 and hf:jinaai/jina-embeddings-v3-hf have adapters.';
    throw noTask(config, 'It has no task adapters, neither in its weights nor in subfolders.', hint);
  }
  if (tasks.includes(task)) return { adapter: path.join(folder, task), task: `task:${task}`, notes: [] };
  if (task !== NO_TASK)
    throw noTask(config, `It has no adapter for the task ${shown(task)}.`, `Its tasks are ${tasks.join(', ')}, or ${NO_TASK}.`);
  if (alone) return { adapter: undefined, notes: [untold(tasks)] };
  return { adapter: folder, notes: isWhole(folder) ? [leftOut(tasks)] : [] };
}

interface MatricesParams {
  readonly module: string;
  readonly parts: Parts;
  readonly rank: number;
  readonly tasks: number;
  readonly config: Config;
}

/** A weight and the factors of what is added to it, [tasks, rows, rank] and [tasks, rank, columns]. */
function matrices({ module, parts, rank, tasks, config }: MatricesParams): {
  original: StoredTensor;
  left: StoredTensor;
  right: StoredTensor;
} {
  const { original, lora_A: a, lora_B: b } = parts;
  if (original === undefined || a === undefined || b === undefined) {
    throw misfit(config, `The weights of "${module}" lack one of original, lora_A and lora_B.`);
  }
  const [left, right] = module.endsWith('embeddings') ? [a, b] : [b, a];
  const [rows, columns] = original.shape;
  if (
    original.shape.length === 2 &&
    String(left.shape) === String([tasks, rows, rank]) &&
    String(right.shape) === String([tasks, rank, columns])
  ) {
    return { original, left, right };
  }
  throw misfit(
    config,
    `The adapters of "${module}", [${a.shape.join(', ')}] and [${b.shape.join(', ')}], do not fit a weight of [${original.shape.join(', ')}], ` +
      `${tasks} tasks and rank ${rank}.`,
  );
}

function misfit({ file }: Config, what: string): HarnessError {
  return new HarnessError('FORMAT', { where: file, what, hint: 'Check that config.json and the weights belong together.' });
}

/** Matrix i of several. */
function slice(tensor: StoredTensor, i: number): StoredTensor {
  const { shape, strides, offset, dtype } = tensor;
  return { ...tensor, shape: shape.slice(1), strides: strides.slice(1), offset: offset + i * strides[0]! * ITEM_BYTES[dtype] };
}

function untold(tasks: readonly string[]): string {
  return `It has adapters for ${tasks.length} tasks (${tasks.join(', ')}); none is merged in, as in its published code by default. Select one with ${option('adapterTask')}.`;
}

function leftOut(folders: readonly string[]): string {
  return `Its base weights are used, as its modules.json says; the adapters in subfolders (${folders.join(', ')}) are not merged in. Select one with ${option('adapterTask')}.`;
}

/** The published code's prompt for texts of the task, if any. */
function told(config: Config, task: string): string {
  const instruction = config.inside('task_instructions').values[task];
  if (typeof instruction !== 'string' || instruction === '') return '';
  return `Its published code puts ${shown(instruction)} before texts of the task ${task}; here only if given as a prompt.`;
}

function noTask(config: Config, what: string, hint: string): HarnessError {
  return new HarnessError('OPTION', { where: `${option('adapterTask')}, ${config.file}`, what, hint });
}
