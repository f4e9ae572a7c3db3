import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSafetensors, refused, valuesOf } from '../encoders/checkpoint/folders.ts';
import { floats, safetensors, u64 } from '../encoders/checkpoint/torch-files.ts';

const f32 = (shape: number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });
const no = (message: string) => refused('model.safetensors', message);

test('safetensors: tensors are found where they lie, in any order of the header, empty ones and scalars too', async () => {
  const header = { __metadata__: { format: 'pt' }, b: f32([2], 4, 12), empty: f32([0, 3], 4, 4), a: f32([], 0, 4) };
  const checkpoint = await openSafetensors(safetensors(header, floats(1, 2, 3)));
  const body = 8 + JSON.stringify(header).length;
  const { a, b, empty } = Object.fromEntries(checkpoint.tensors);
  assert.deepEqual({ ...a, file: '' }, { name: 'a', dtype: 'f32', shape: [], strides: [], file: '', offset: body });
  assert.deepEqual({ ...b, file: '' }, { name: 'b', dtype: 'f32', shape: [2], strides: [1], file: '', offset: body + 4 });
  assert.deepEqual({ ...empty, file: '' }, { name: 'empty', dtype: 'f32', shape: [0, 3], strides: [3, 1], file: '', offset: body + 4 });
  assert.deepEqual(await valuesOf(checkpoint, 'b'), [2, 3]);
});

test('safetensors: a duplicate name is refused, even if spelled in two ways', async () => {
  const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  await assert.rejects(
    openSafetensors(safetensors(`{"a":${entry},"\\u0061" :${entry}}`, floats(1))),
    no('Its header cannot be read as JSON (the key "\\u0061" is given twice). Download it again.'),
  );
});

test('safetensors: the same key in two objects is not a duplicate', async () => {
  const header = { a: f32([1], 0, 4), b: f32([1], 4, 8), __metadata__: { a: 'b":', '\\"': '{' } };
  assert.equal((await openSafetensors(safetensors(header, floats(1, 2)))).tensors.size, 2);
});

const BAD: readonly (readonly [what: string, bytes: Buffer, message: string])[] = [
  ['a short file', Buffer.from('abc'), 'A safetensors file has at least 8 bytes; this one has 3. Download it again.'],
  [
    'a header longer than the file',
    Buffer.concat([u64(100), Buffer.from('{}')]),
    'Its header claims 100 bytes, but the file has 10: it is truncated or not a safetensors file. Download it again.',
  ],
  [
    'a header length of 2 ** 63',
    Buffer.concat([Buffer.from('0000000000000080', 'hex'), Buffer.from('{}')]),
    'Its header claims 9223372036854776000 bytes, but the file has 10: it is truncated or not a safetensors file. Download it again.',
  ],
  ['a header that is an array', safetensors('[]'), 'Its header is not a JSON object. Download it again.'],
  ['no tensors', safetensors('{}'), 'It holds no tensors. Download it again.'],
  [
    'an unknown type',
    safetensors({ a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, floats(1)),
    'Tensor "a" has type "F8_E4M3", which is not supported. Use weights of another precision.',
  ],
  ['a negative size', safetensors({ a: f32([-1], 0, 4) }, floats(1)), 'Tensor "a" has no valid shape. Download it again.'],
  ['a fraction as size', safetensors({ a: f32([1.5], 0, 4) }, floats(1)), 'Tensor "a" has no valid shape. Download it again.'],
  [
    '65 dimensions',
    safetensors(
      {
        a: f32(
          Array.from({ length: 65 }, () => 1),
          0,
          4,
        ),
      },
      floats(1),
    ),
    'Tensor "a" has no valid shape. Download it again.',
  ],
  [
    'one offset',
    safetensors({ a: { ...f32([1], 0, 4), data_offsets: [0] } }, floats(1)),
    'Tensor "a" has no valid data_offsets. Download it again.',
  ],
  ['an entry that is null', safetensors({ a: null }, floats(1)), 'Tensor "a" has no valid dtype. Download it again.'],
  [
    'a shape that overflows',
    safetensors({ a: f32([2 ** 32, 2 ** 32], 0, 0) }),
    'Tensor "a" of type f32 and shape [4294967296, 4294967296] does not have the 0 bytes from 0 to 0. Download it again.',
  ],
  [
    'a shape that overflows to infinity, and nothing of it',
    safetensors({ a: f32([...Array.from({ length: 30 }, () => 2 ** 50), 0], 0, 4) }, floats(1)),
    `Tensor "a" of type f32 and shape [${'1125899906842624, '.repeat(30)}0] does not have the 4 bytes from 0 to 4. Download it again.`,
  ],
  [
    'tensors that overlap',
    safetensors({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, floats(1, 2)),
    'Tensor "b" begins at byte 4, but the previous one ends at 8. Download it again.',
  ],
  [
    'a gap',
    safetensors({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, floats(1, 2, 3)),
    'Tensor "b" begins at byte 8, but the previous one ends at 4. Download it again.',
  ],
  [
    'a truncated body',
    safetensors({ a: f32([2], 0, 8) }, floats(1)),
    'Tensor "a" ends at byte 8 of 4: the file is truncated. Download it again.',
  ],
  [
    'bytes behind the last tensor',
    safetensors({ a: f32([1], 0, 4) }, floats(1, 2)),
    'It has 4 bytes after its last tensor. Download it again.',
  ],
  [
    'a pointer of Git LFS',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
    'It is a Git LFS pointer, not the weights. Run `git lfs pull` in its folder.',
  ],
  [
    'a name with control characters',
    safetensors({ '\u001b[2J\u009b\u202e\n': f32([1], 0, 8) }, floats(1, 2)),
    'Tensor "\\u001b[2J\\u{9b}\\u{202e}\\n" of type f32 and shape [1] does not have the 8 bytes from 0 to 8. Download it again.',
  ],
];

for (const [what, bytes, message] of BAD) {
  test(`safetensors: refuses ${what}`, () => assert.rejects(openSafetensors(bytes), no(message)));
}

test('safetensors: a header that is not JSON or no UTF-8 is refused in one line', async () => {
  for (const header of [Buffer.from('{"a":\n'), Buffer.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x30, 0x7d)]) {
    await assert.rejects(openSafetensors(Buffer.concat([u64(header.length), header])), {
      code: 'FORMAT',
      message: /model\.safetensors: Its header cannot be read as JSON \(.+\)\. Download it again\.$/,
    });
  }
});

test('safetensors: a header of a million escapes, brackets or dots is read or refused, without a crash', async () => {
  for (const value of [`"${'\\\\'.repeat(1_000_000)}"`, `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`]) {
    const header = `{"a":${value}}`;
    await assert.rejects(openSafetensors(safetensors(header)), {
      code: 'FORMAT',
      message: /^\S+model\.safetensors: Tensor "a" has no valid dtype\. Download it again\.$/,
    });
  }
});
