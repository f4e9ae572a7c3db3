import { HarnessError } from '../errors.ts';
import { brokenNumberOf, MEND_WEIGHTS } from '../graph/finite-weights.ts';
import { readFloats } from '../tensors/read-floats.ts';
import { quoted } from '../tensors/refusal.ts';
import type { StoredTensor } from '../tensors/stored-tensor.ts';

/** The numbers of a weight, row by row. Throws SOURCE or FORMAT if it cannot be read, FORMAT if it contains NaN or infinity. */
export async function finiteFloats(tensor: StoredTensor): Promise<Float32Array> {
  const values = await readFloats(tensor);
  const broken = brokenNumberOf(values);
  if (broken === undefined) return values;
  throw new HarnessError('FORMAT', { where: tensor.file, what: `Its tensor ${quoted(tensor.name)} holds ${broken}.`, hint: MEND_WEIGHTS });
}
