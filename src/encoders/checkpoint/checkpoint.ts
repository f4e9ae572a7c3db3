import { existsSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { readSafetensors } from './safetensors.ts';
import { checkShard, readIndex } from './shards.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { readTorch } from './torch.ts';
import { WeightsFile } from './weights-file.ts';

export { readFloats } from './read-floats.ts';
export { elements, isContiguous, type StoredTensor, type StoredType } from './stored-tensor.ts';

/** The weights of an encoder as its makers published them. */
export interface Checkpoint {
  /** Files with weights, absolute, links resolved. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

type Reader = (file: WeightsFile) => StoredTensor[];

/** Names that transformers gives to weights; safetensors first, as it does. */
const LAYOUTS: readonly { readonly name: string; readonly read: Reader }[] = [
  { name: 'model.safetensors', read: readSafetensors },
  { name: 'pytorch_model.bin', read: readTorch },
];

/**
 * Opens the weights in an encoder's folder: the first that is there of model.safetensors, model.safetensors.index.json,
 * pytorch_model.bin and pytorch_model.bin.index.json. Reads headers alone, a few hundred kilobytes whatever the weights are,
 * and runs nothing. Throws SOURCE where none is there or one cannot be opened, and FORMAT, in one line, for every file that is
 * truncated, contradicts itself or asks for more than weights need.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  for (const { name, read } of LAYOUTS) {
    const file = path.join(folder, name);
    if (existsSync(file)) return readWhole(file, read);
    if (existsSync(`${file}.index.json`)) return readSharded(`${file}.index.json`, read);
  }
  throw new HarnessError('SOURCE', {
    where: folder,
    what: `It has no weights: neither ${LAYOUTS.map(({ name }) => name).join(' nor ')}, nor an index of either.`,
    mend: 'Fetch the encoder again, or name another folder.',
  });
}

function readWhole(weightsFile: string, read: Reader): Checkpoint {
  return WeightsFile.use(weightsFile, (file) => checkpoint([file.real], readWeights(file, read)));
}

function readSharded(indexFile: string, read: Reader): Checkpoint {
  const index = WeightsFile.use(indexFile, readIndex);
  const files: string[] = [];
  const tensors: StoredTensor[] = [];
  for (const shard of new Set(index.values())) {
    WeightsFile.use(path.join(path.dirname(indexFile), shard), (file) => {
      const here = readWeights(file, read);
      checkShard(here, { index, shard, file });
      files.push(file.real);
      for (const tensor of here) tensors.push(tensor);
    });
  }
  return checkpoint(files, tensors);
}

function readWeights(file: WeightsFile, read: Reader): StoredTensor[] {
  const start = Buffer.from(file.bytes(0, Math.min(file.size, LFS_START.length))).toString('latin1');
  if (start === LFS_START) throw file.refusal('It is a pointer of Git LFS, not the weights.', { mend: 'Run `git lfs pull` in its folder.' });
  const tensors = read(file);
  if (tensors.length === 0) throw file.refusal('It holds no tensors.');
  return tensors;
}

const LFS_START = 'version https://git-lfs.github.com/';

function checkpoint(files: readonly string[], tensors: readonly StoredTensor[]): Checkpoint {
  return { files, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}
