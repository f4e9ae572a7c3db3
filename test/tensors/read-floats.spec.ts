import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isContiguous, type StoredTensor, type StoredType } from '../../src/tensors/stored-tensor.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { folderWith, openSafetensors } from '../encoders/checkpoint/folders.ts';
import { floats, safetensors } from '../encoders/checkpoint/torch-files.ts';

function inFile(bytes: Uint8Array, tensor: Partial<StoredTensor>): StoredTensor {
  return {
    name: 'w',
    dtype: 'f32',
    shape: [1],
    strides: [1],
    offset: 0,
    ...tensor,
    file: path.join(folderWith({ weights: bytes }), 'weights'),
  };
}

const BYTES: readonly (readonly [dtype: StoredType, bytes: Uint8Array, values: readonly number[]])[] = [
  ['f64', Buffer.from(Float64Array.of(1.5, 1 / 3, 1e300, -0).buffer), [1.5, Math.fround(1 / 3), Infinity, -0]],
  ['f32', floats(1.5, -2, NaN), [1.5, -2, NaN]],
  // 1, -2, the largest, the smallest normal, the largest and smallest subnormal, zeros, infinities, NaN.
  [
    'f16',
    Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x8001, 0, 0x8000, 0x7c00, 0xfc00, 0x7e00).buffer),
    [1, -2, 65504, 2 ** -14, 1023 * 2 ** -24, -(2 ** -24), 0, -0, Infinity, -Infinity, NaN],
  ],
  ['bf16', Buffer.from(Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x8000, 0x0001).buffer), [1, -2, Infinity, -0, 2 ** -133]],
  ['i64', Buffer.from(BigInt64Array.of(1n, -2n, 2n ** 40n).buffer), [1, -2, 2 ** 40]],
  ['i32', Buffer.from(Int32Array.of(-3, 7).buffer), [-3, 7]],
  ['i16', Buffer.from(Int16Array.of(-3, 7).buffer), [-3, 7]],
  ['i8', Buffer.of(0xff, 7), [-1, 7]],
  ['u8', Buffer.of(0xff, 7), [255, 7]],
  ['bool', Buffer.of(0, 1, 2), [0, 1, 1]],
];

for (const [dtype, bytes, values] of BYTES) {
  test(`floats: ${dtype} is converted, at any place and with any strides`, async () => {
    const width = bytes.length / values.length;
    const tensor = inFile(Buffer.concat([Buffer.alloc(3), bytes]), { dtype, shape: [values.length], offset: 3 });
    assert.deepEqual(await readFloats(tensor), Float32Array.from(values));
    const twice = inFile(Buffer.concat([Buffer.alloc(width), bytes]), { dtype, shape: [2, values.length], strides: [0, 1], offset: width });
    assert.deepEqual(await readFloats(twice), Float32Array.from([...values, ...values]));
  });
}

test('floats: a strided tensor comes in row-major order', async () => {
  const bytes = floats(...Array.from({ length: 24 }, (_, i) => i));
  const transposed = inFile(bytes, { shape: [4, 2, 3], strides: [1, 12, 4] });
  assert.deepEqual(
    [...(await readFloats(transposed))],
    [0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23],
  );
  const columns = inFile(bytes, { shape: [6, 2], strides: [4, 1], offset: 4 });
  assert.deepEqual([...(await readFloats(columns))], [1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22]);
});

test('floats: more numbers than one read takes are read to the end', async () => {
  const values = Int32Array.from({ length: 600_001 }, (_, i) => i);
  const tensor = inFile(new Uint8Array(values.buffer), { dtype: 'i32', shape: [600_001] });
  assert.deepEqual(await readFloats(tensor), Float32Array.from(values));
});

test('floats: an empty tensor has none, whatever its strides', async () => {
  assert.deepEqual(await readFloats(inFile(new Uint8Array(), { shape: [3, 0], strides: [7, 7] })), new Float32Array());
});

function layout(shape: number[], strides: number[]): boolean {
  return isContiguous({ shape, strides });
}

test('floats: contiguous is what lies row-major without gaps; dimensions of size 1 do not count', () => {
  assert.ok(layout([], []));
  assert.ok(layout([2, 3], [3, 1]));
  assert.ok(layout([2, 1, 3], [3, 99, 1]));
  assert.ok(layout([1], [0]));
  assert.ok(layout([0, 3], [1, 7]));
  assert.ok(!layout([2, 3], [1, 2]));
  assert.ok(!layout([2, 2], [3, 1]));
  assert.ok(!layout([2], [0]));
});

test('floats: a file that has become shorter is refused', async () => {
  const tensor = (await openSafetensors(safetensors({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, floats(1, 2)))).tensors.get(
    'w',
  )!;
  truncateSync(tensor.file, tensor.offset + 4);
  await assert.rejects(readFloats(tensor), {
    code: 'FORMAT',
    message: `${tensor.file}: It ends before tensor "w" does: it has changed since it was opened. Download it again.`,
  });
});

test('floats: a file that is gone is told', async () => {
  const tensor = { ...inFile(floats(1), {}), file: '/no/such/file' };
  await assert.rejects(readFloats(tensor), {
    code: 'SOURCE',
    message: "/no/such/file: The weights cannot be opened (ENOENT: no such file or directory, open '/no/such/file').",
  });
});
