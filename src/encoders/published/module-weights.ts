import { quoted } from '../../tensors/refusal.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { refusal } from './refusal.ts';

/** Weights of one module at their location, and the files that contain them. */
export interface ModuleWeights {
  /** Absolute, links resolved. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * The weights in a module's folder (model.safetensors, else pytorch_model.bin), which must be exactly those of `shapes`, as in the
 * reference. Reads only headers. Throws SOURCE if there are none, FORMAT if they are broken or differ.
 */
export async function moduleWeights(folder: string, shapes: Readonly<Record<string, readonly number[]>>): Promise<ModuleWeights> {
  const { files, tensors } = await openCheckpoint(folder);
  for (const [name, shape] of Object.entries(shapes)) {
    const found = tensors.get(name);
    if (found === undefined) throw refusal(files[0]!, `It lacks the tensor ${quoted(name)}, which its module needs.`);
    if (found.shape.length !== shape.length || found.shape.some((size, i) => size !== shape[i])) {
      throw refusal(
        files[0]!,
        `Its tensor ${quoted(name)} has shape [${found.shape.join(', ')}], expected [${shape.join(', ')}] by its config.json.`,
      );
    }
  }
  const strange = [...tensors.keys()].find((name) => !Object.hasOwn(shapes, name));
  if (strange !== undefined) throw refusal(files[0]!, `It has the tensor ${quoted(strange)}, which its module does not use.`);
  return { files, tensors };
}
