import { open, rename, rm } from 'node:fs/promises';
import { HarnessError, reason } from '../errors.ts';
import { readFloats } from './read-floats.ts';
import { readStoredTensors } from './read-safetensors.ts';
import { WeightsFile } from './weights-file.ts';
import { safetensorsHeader } from './write-safetensors.ts';

export interface FloatTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes float32 tensors as safetensors, one after the other: no second copy of the weights is held in memory. The file is written
 * atomically. Throws OUTPUT if it cannot be written.
 */
export async function writeTensors(file: string, tensors: readonly FloatTensor[]): Promise<void> {
  const header = safetensorsHeader(
    tensors.map(({ name, dims, data }) => ({ name, dtype: 'F32', shape: dims, data })),
    { format: 'pt' },
  );
  const part = `${file}.part`;
  try {
    const handle = await open(part, 'w');
    try {
      await handle.writeFile(header);
      for (const { data } of tensors) await handle.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw new HarnessError(
      'OUTPUT',
      { where: file, what: `The weights cannot be written (${reason(error)}).`, hint: 'Free disk space or give another folder.' },
      { cause: error },
    );
  }
}

/** All tensors of a safetensors file as float32. Throws FORMAT if it is not one. */
export async function readTensors(file: string): Promise<Map<string, Float32Array>> {
  const tensors = WeightsFile.use(file, readStoredTensors);
  const values = new Map<string, Float32Array>();
  for (const tensor of tensors) values.set(tensor.name, await readFloats(tensor));
  return values;
}
