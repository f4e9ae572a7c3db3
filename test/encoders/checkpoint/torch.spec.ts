import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checkpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { openBin, refused, valuesOf } from './folders.ts';
import { floats, pickle, storageId, tensor, torchOld, torchZip, zip, type Pickled, type TensorSpec } from './torch-files.ts';

const spec: TensorSpec = { storage: '0', length: 4, shape: [2], strides: [1] };
const dict = (...specs: TensorSpec[]): Pickled => ({ dict: specs.map((each, i) => [`t${i}`, tensor(each)] as const) });
const numbers = floats(1, 2, 3, 4);
const no = (message: string) => refused('pytorch_model.bin', message);

/** The same value and storages of float32 in both formats. */
const LAYOUTS = {
  zip: (value: Pickled, storages: Record<string, Buffer>) => openBin(torchZip(value, storages)),
  older: (value: Pickled, storages: Record<string, Buffer>) =>
    openBin(torchOld(value, Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [key, [bytes.length / 4, bytes]])))),
};

for (const [layout, open] of Object.entries(LAYOUTS)) {
  test(`torch: tensors that share a storage are found by offset and strides (${layout} layout)`, async () => {
    const value = dict(
      { ...spec, offset: 1 },
      { ...spec, shape: [2, 2], strides: [1, 2] },
      { ...spec, storage: 'b', length: 1, shape: [], strides: [] },
    );
    const checkpoint = await open(value, { 0: numbers, b: floats(9) });
    assert.deepEqual(await valuesOf(checkpoint, 't0'), [2, 3]);
    assert.deepEqual(await valuesOf(checkpoint, 't1'), [1, 3, 2, 4]);
    assert.deepEqual(await valuesOf(checkpoint, 't2'), [9]);
    assert.equal(checkpoint.tensors.get('t0')!.offset, checkpoint.tensors.get('t1')!.offset + 4);
  });

  test(`torch: a tensor beyond its storage is refused (${layout} layout)`, async () => {
    for (const odd of [{ offset: 3 }, { shape: [5] }, { strides: [4] }, { offset: 5, shape: [0] }, { shape: [2, 2], strides: [2, 2] }]) {
      await assert.rejects(
        open(dict({ ...spec, ...odd }), { 0: numbers }),
        no(`Tensor "t0" needs 5 numbers of storage "0", which has 4. Download it again.`),
      );
    }
  });

  test(`torch: more elements than the file has bytes, made of one by strides of 0, are refused (${layout} layout)`, async () => {
    assert.deepEqual(
      await valuesOf(await open(dict({ ...spec, shape: [3, 2], strides: [0, 1] }), { 0: numbers }), 't0'),
      [1, 2, 1, 2, 1, 2],
    );
    await assert.rejects(open(dict({ ...spec, shape: [1 << 20, 1 << 20], strides: [0, 0] }), { 0: numbers }), {
      code: 'FORMAT',
      message: /: Tensor "t0" has 1099511627776 elements, but the file has only \d+ bytes\. Download it again\.$/,
    });
  });

  test(`torch: nor may many tensors together make more elements than the file has bytes (${layout} layout)`, async () => {
    const each = { ...spec, shape: [1000], strides: [0] };
    await assert.rejects(open(dict(...Array.from({ length: 300 }, () => each)), { 0: numbers }), {
      code: 'FORMAT',
      message: /: Its strided tensors have 300000 elements in total, but the file has only \d+ bytes\. Download it again\.$/,
    });
  });

  test(`torch: one storage under two types or lengths is refused (${layout} layout)`, async () => {
    await assert.rejects(
      open(dict(spec, { ...spec, type: 'HalfStorage' }), { 0: numbers }),
      no('Its storage "0" is declared as 4 of f32, and as 4 of f16. Download it again.'),
    );
    await assert.rejects(
      open(dict(spec, { ...spec, length: 3 }), { 0: numbers }),
      no('Its storage "0" is declared as 4 of f32, and as 3 of f32. Download it again.'),
    );
  });

  test(`torch: a storage of another length than said is refused (${layout} layout)`, async () => {
    await assert.rejects(
      open(dict({ ...spec, length: 3 }), { 0: numbers }),
      no('Its storage "0" is said to have 3 numbers and has 4. Download it again.'),
    );
  });
}

test('torch: a storage that is not there is refused', async () => {
  await assert.rejects(LAYOUTS.zip(dict(spec), {}), no('Its storage "0" is not in the archive. Download it again.'));
  await assert.rejects(LAYOUTS.older(dict(spec), {}), no('Its list of storages lacks "0". Download it again.'));
});

test('torch: a key of a storage cannot reach another file of the archive', async () => {
  await assert.rejects(
    LAYOUTS.zip(dict({ ...spec, storage: '../byteorder' }), { 0: numbers }),
    no('Its storage "../byteorder" is not in the archive. Download it again.'),
  );
});

test('torch: big-endian numbers are refused', async () => {
  const files = [
    { name: 'm/data.pkl', bytes: pickle(dict(spec)) },
    { name: 'm/data/0', bytes: numbers },
  ];
  assert.equal((await openBin(zip(files))).tensors.size, 1);
  const message = 'It is big-endian, or does not state its byte order. Save it on a little-endian machine.';
  await assert.rejects(openBin(zip([...files, { name: 'm/byteorder', bytes: Buffer.from('big') }])), no(message));
  await assert.rejects(openBin(torchOld(dict(spec), { 0: [4, numbers] }, { little: false })), no(message));
});

test('torch: an archive without data.pkl, or with two, is refused', async () => {
  await assert.rejects(
    openBin(zip([{ name: 'word/document.xml', bytes: numbers }])),
    no('It is a zip archive with 0 data.pkl; torch.save writes one. Download it again.'),
  );
  const bytes = pickle(dict(spec));
  await assert.rejects(
    openBin(
      zip([
        { name: 'a/data.pkl', bytes },
        { name: 'b/data.pkl', bytes },
      ]),
    ),
    no('It is a zip archive with 2 data.pkl; torch.save writes one. Download it again.'),
  );
});

test('torch: the older layout is refused with another magic number, version or list of storages', async () => {
  const old = (parts: Parameters<typeof torchOld>[2]) => openBin(torchOld(dict(spec), { 0: [4, numbers] }, parts));
  await assert.rejects(old({ magic: Buffer.from('N') }), no('It is a pickle, but was not written by torch.save. Download it again.'));
  await assert.rejects(old({ version: 1002 }), no('Its layout is version 1002; only 1001 is supported. Download it again.'));
  await assert.rejects(
    old({ keys: ['0', '0'] }),
    no('Its list of storages has "0", which no tensor needs or which is listed twice. Download it again.'),
  );
  await assert.rejects(
    old({ keys: ['x'] }),
    no('Its list of storages has "x", which no tensor needs or which is listed twice. Download it again.'),
  );
  await assert.rejects(
    old({ keys: [null] }),
    no('Its list of storages has null, which no tensor needs or which is listed twice. Download it again.'),
  );
  const bytes = torchOld(dict(spec), { 0: [4, numbers] });
  await assert.rejects(
    openBin(bytes.subarray(0, -1)),
    no(`Its storage "0" ends at byte ${bytes.length} of ${bytes.length - 1}: the file is truncated. Download it again.`),
  );
  await assert.rejects(
    openBin(bytes.subarray(0, -20)),
    no(`It ends within 8 bytes from byte ${bytes.length - 24}: it has ${bytes.length - 20}. Download it again.`),
  );
  await assert.rejects(openBin(Buffer.concat([bytes, Buffer.of(0)])), no('It has 1 bytes after its last storage. Download it again.'));
});

/** A tensor of the second number of a part, and one of the whole storage. */
function openPart(offset: number, length: number): Promise<Checkpoint> {
  const part = tensor({ ...spec, offset: 1, shape: [1] }, storageId(spec, { tuple: ['part', offset, length] }));
  return LAYOUTS.older(
    {
      dict: [
        ['a', part],
        ['whole', tensor(spec, storageId(spec, null))],
      ],
    },
    { 0: numbers },
  );
}

test('torch: a part of a storage, as the oldest files note it, counts from where it begins', async () => {
  assert.deepEqual(await valuesOf(await openPart(2, 2), 'a'), [4]);
  await assert.rejects(openPart(2, 1), no('Tensor "a" needs 2 numbers of storage "0", which has 1. Download it again.'));
  await assert.rejects(openPart(2, 3), { code: 'FORMAT', message: /: Its pickle is invalid at byte \d+\. Download it again\.$/ });
});

test('torch: other kinds of files are refused', async () => {
  for (const bytes of [Buffer.from(''), Buffer.from('P'), Buffer.from('<!DOCTYPE html>'), Buffer.from('\x89HDF\r\n')]) {
    await assert.rejects(openBin(bytes), no('It was not written by torch.save. Download it again.'));
  }
});
