import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { WeightsFile } from '../../../src/tensors/weights-file.ts';
import { readZip } from '../../../src/encoders/checkpoint/zip.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { writeSafetensors } from '../../../src/tensors/write-safetensors.ts';
import { readTensors } from '../../../src/tensors/tensor-file.ts';
import { SMALL, pickle, safetensors, torchOld, torchZip, zip } from '../../encoders/checkpoint/torch-files.ts';
import { anything, json } from '../changes.ts';
import { seedsOf, type FuzzReader, type Input } from '../reader.ts';

const { value: VALUE, first: A, second: B } = SMALL;
const BODY = Buffer.concat([A, B]);
const HEADER = JSON.stringify({
  __metadata__: { format: 'pt' },
  a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: 'F16', shape: [4], data_offsets: [24, 32] },
});
const OWN_HEADER = JSON.stringify({
  a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: 'I32', shape: [2], data_offsets: [24, 32] },
});
const WHOLE = safetensors(HEADER, BODY);
const INDEX = JSON.stringify({ metadata: { total_size: 32 }, weight_map: { a: 'm.safetensors', b: 'm.safetensors' } });

/** Opens the folder and reads all its tensors. */
async function open({ folder }: Input): Promise<void> {
  const { tensors } = await openCheckpoint(folder);
  for (const stored of tensors.values()) await readFloats(stored);
}

const ownWeights: FuzzReader['read'] = ({ file }) => readSafetensors(readFileSync(file), file);
const behindHeader = { wrap: (changed: Buffer) => Buffer.concat([safetensors(changed.toString('latin1')), BODY]) };

/** Published weights, and vectors and training tensors as written here. */
export const weights: Readonly<Record<string, FuzzReader>> = {
  safetensors: { seeds: () => seedsOf('model.safetensors', [WHOLE]), changes: anything, read: open, share: 2 },
  'safetensors-header': {
    seeds: () =>
      seedsOf('model.safetensors', [HEADER], {
        wrap: (changed) => Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(changed.length)).buffer), changed, BODY]),
      }),
    changes: json,
    read: open,
    share: 2,
  },
  'safetensors-index': {
    seeds: () => seedsOf('model.safetensors.index.json', [INDEX], { beside: { 'm.safetensors': WHOLE } }),
    changes: json,
    read: open,
  },
  'safetensors-shard': {
    seeds: () => seedsOf('m.safetensors', [WHOLE], { beside: { 'model.safetensors.index.json': INDEX } }),
    changes: anything,
    read: open,
  },
  zip: {
    seeds: () =>
      seedsOf('any.zip', [
        zip([
          { name: 'm/a', bytes: A },
          { name: 'm/b', bytes: B },
        ]),
        zip(
          [
            { name: 'm/a', bytes: A },
            { name: 'm/b', bytes: B },
          ],
          { wide: true },
        ),
      ]),
    changes: anything,
    read: ({ file }) => WeightsFile.use(file, readZip),
    share: 2,
  },
  'torch-zip': { seeds: () => seedsOf('pytorch_model.bin', [torchZip(VALUE, { 0: A, 1: B })]), changes: anything, read: open, share: 2 },
  pickle: {
    seeds: () =>
      seedsOf('pytorch_model.bin', [pickle(VALUE)], {
        wrap: (changed) =>
          zip([
            { name: 'm/data.pkl', bytes: changed },
            { name: 'm/data/0', bytes: A },
            { name: 'm/data/1', bytes: B },
          ]),
      }),
    changes: anything,
    read: open,
    share: 2,
  },
  'torch-older': {
    seeds: () => seedsOf('pytorch_model.bin', [torchOld(VALUE, { 0: [6, A], 1: [4, B] })]),
    changes: anything,
    read: open,
    share: 2,
  },
  'vectors-file': {
    seeds: () => [
      ...seedsOf('v.safetensors', [
        writeSafetensors(
          [
            { name: 'v', dtype: 'F32', shape: [2, 3], data: new Float32Array(6) },
            { name: 't', dtype: 'I32', shape: [2], data: Int32Array.of(1, 2) },
          ],
          { checksum: 'ab' },
        ),
      ]),
      ...seedsOf('v.safetensors', [OWN_HEADER], behindHeader),
    ],
    changes: json,
    read: ownWeights,
    share: 2,
  },
  'training-tensors': {
    seeds: () => seedsOf('epoch-1.weights.safetensors', [WHOLE]),
    changes: anything,
    read: ({ folder }) => readTensors(path.join(folder, 'epoch-1.weights.safetensors')),
  },
};
