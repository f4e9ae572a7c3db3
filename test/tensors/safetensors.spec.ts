import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';

const tensors = [
  { name: 'text', dtype: 'U8', shape: [3, 1], data: Uint8Array.of(1, 2, 3) },
  { name: 'v', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -2, 3, 0.25) },
  { name: 'n', dtype: 'I32', shape: [1], data: Int32Array.of(-7) },
  { name: 'empty', dtype: 'F64', shape: [0, 4], data: new Float64Array(0) },
] as const;

test('safetensors: what is written is read, metadata too', () => {
  const { tensors: read, metadata } = readSafetensors(writeSafetensors(tensors, { a: 'b' }), 'x');
  assert.deepEqual(metadata, { a: 'b' });
  for (const tensor of tensors) assert.deepEqual(read.get(tensor.name), tensor);
});

test('safetensors: of a Buffer tensors are plain arrays, whose slices are copies', () => {
  const bytes = Buffer.from(writeSafetensors(tensors));
  const { tensors: read } = readSafetensors(bytes, 'x');
  const copies = tensors.map(({ name }) => read.get(name)!.data.slice());
  bytes.fill(0);
  assert.deepEqual(
    copies,
    tensors.map(({ data }) => data),
  );
});

test('safetensors: a view that is not aligned is copied, not misread', () => {
  const bytes = writeSafetensors(tensors);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(readSafetensors(shifted.subarray(1), 'x').tensors.get('v')!.data, tensors[1].data);
});

function headed(header: string, body = 0): Uint8Array {
  const json = Buffer.from(header);
  const bytes = new Uint8Array(8 + json.length + body);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

for (const [name, bytes, message] of [
  ['too short', new Uint8Array(5), 'x: A safetensors file has at least 8 bytes; this one has 5. Delete it or download it again.'],
  [
    'a header longer than the file',
    headed('{}').with(1, 9),
    'x: Its header claims 2306 bytes, but the file has 10: it is truncated or not a safetensors file. Delete it or download it again.',
  ],
  [
    'a shape that does not fit',
    headed('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
    'x: Tensor "a" of type f32 and shape [3] does not have the 8 bytes from 0 to 8. Delete it or download it again.',
  ],
  [
    'a gap',
    headed('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
    'x: Tensor "a" begins at byte 1, but the previous one ends at 0. Delete it or download it again.',
  ],
  ['bytes behind the end', headed('{}', 3), 'x: It has 3 bytes after its last tensor. Delete it or download it again.'],
  [
    'a type unknown',
    headed('{"a":{"dtype":"F8","shape":[],"data_offsets":[0,1]}}', 1),
    'x: Tensor "a" has type "F8", which is not supported. Use weights of another precision.',
  ],
  [
    'a type that only files of weights have',
    headed('{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', 2),
    'x: Tensor "a" has type "BF16", which is not supported. Use weights of another precision.',
  ],
  [
    'a name that stands there twice',
    headed('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    'x: Its header cannot be read as JSON (the key "a" is given twice). Delete it or download it again.',
  ],
  [
    'tensors that overlap',
    headed('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
    'x: Tensor "b" begins at byte 1, but the previous one ends at 2. Delete it or download it again.',
  ],
  [
    'a truncated body',
    headed('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 1),
    'x: Tensor "a" ends at byte 2 of 1: the file is truncated. Delete it or download it again.',
  ],
  ['a null entry', headed('{"a":null}'), 'x: Tensor "a" has no valid dtype. Delete it or download it again.'],
] as const) {
  test(`safetensors: refuses ${name}`, () => {
    assert.throws(() => readSafetensors(bytes, 'x'), { code: 'FORMAT', message });
  });
}
