import { existsSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { isLater } from '../../files/later.ts';
import { readStoredTensors } from '../../tensors/read-safetensors.ts';
import { checkShard, readIndex } from './shards.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { readTorch } from './torch.ts';
import { WeightsFile } from '../../tensors/weights-file.ts';

/** The published weights of an encoder. */
export interface Checkpoint {
  /** Files with weights, absolute, with links resolved. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Human-readable notes on the folder, one sentence each, such as on duplicate weights. */
  readonly notes: readonly string[];
}

type Reader = (file: WeightsFile) => StoredTensor[];

/** Names of weights files in transformers; safetensors first, as there. */
const LAYOUTS: readonly { readonly name: string; readonly read: Reader }[] = [
  { name: 'model.safetensors', read: readStoredTensors },
  { name: 'pytorch_model.bin', read: readTorch },
];

/**
 * Opens the weights in an encoder's folder: the first of model.safetensors, model.safetensors.index.json, pytorch_model.bin and
 * pytorch_model.bin.index.json. Reads only headers, a few hundred kilobytes for weights of any size, and runs no code. Throws SOURCE if
 * none exists or one cannot be opened, and FORMAT, in one line, for every file that is truncated, inconsistent or larger than weights need.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const [first, ...others] = layoutsIn(folder);
  if (first !== undefined) {
    return {
      ...first.open(path.join(folder, first.name)),
      notes: otherWeights(
        folder,
        first.name,
        others.map(({ name }) => name),
      ),
    };
  }
  throw new HarnessError('SOURCE', {
    where: folder,
    what: `It has no weights: neither ${LAYOUTS.map(({ name }) => name).join(' nor ')}, nor an index of either.`,
    hint: 'Download the encoder again, or name another folder.',
  });
}

/** Names of the weights files, or of their indices, in a folder; the one that is read first. */
export function weightsIn(folder: string): string[] {
  return layoutsIn(folder).map(({ name }) => name);
}

function layoutsIn(folder: string): { readonly name: string; readonly open: (file: string) => Checkpoint }[] {
  return LAYOUTS.flatMap(({ name, read }) => [
    { name, open: (file: string) => readWhole(file, read) },
    { name: `${name}.index.json`, open: (file: string) => readSharded(file, read) },
  ]).filter(({ name }) => existsSync(path.join(folder, name)));
}

/**
 * Identical copies are common. Reported are shards next to a single file of one kind, and a file written much later than the one that is
 * read.
 */
function otherWeights(folder: string, read: string, others: readonly string[]): string[] {
  const kind = path.extname(read.replace('.index.json', ''));
  const isNewer = (name: string) => isLater(path.join(folder, name), path.join(folder, read));
  const strange = others.filter((name) => path.extname(name.replace('.index.json', '')) === kind || isNewer(name));
  return strange.map((name) => `It has two sets of weights, ${read} and ${name}${isNewer(name) ? ' (newer)' : ''}: ${read} is used.`);
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
  if (start === LFS_START) {
    throw file.refusal('It is a Git LFS pointer, not the weights.', { hint: 'Run `git lfs pull` in its folder.' });
  }
  const tensors = read(file);
  if (tensors.length === 0) throw file.refusal('It holds no tensors.');
  return tensors;
}

const LFS_START = 'version https://git-lfs.github.com/';

function checkpoint(files: readonly string[], tensors: readonly StoredTensor[]): Checkpoint {
  return { files, notes: [], tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}
