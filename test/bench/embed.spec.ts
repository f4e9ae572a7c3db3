import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const tiny = writeTinyEncoder(path.join(root, 'tiny'), { layers: 3 });
const input = path.join(root, 'texts.txt');
writeFileSync(input, 'who is it?\n\nwhat\nwho is it?\n');
const embed = (...args: string[]) => bench(['embed', '--model', tiny, '--quiet', '--offline', ...args], { cache });

test('embed: one tensor per pooling, one row per line, including empty lines', async () => {
  const out = path.join(root, 'vectors.safetensors');
  const { status, err } = await embed('--input', input, '--pooling', 'cls,mean,mean-last4', '--out', out);
  assert.equal(err, `4 texts x cls 16, mean 16, mean-last4 64 in ${out}\n`);
  assert.equal(status, 0);
  const { tensors } = readSafetensors(readFileSync(out), out);
  assert.deepEqual(
    [...tensors.values()].map(({ name, shape }) => [name, shape]),
    [
      ['cls', [4, 16]],
      ['mean', [4, 16]],
      ['mean-last4', [4, 64]],
    ],
  );
  const mean = tensors.get('mean')!.data as Float32Array;
  assert.deepEqual(mean.slice(0, 16), mean.slice(48, 64));
  assert.notDeepEqual(mean.slice(0, 16), mean.slice(16, 32));
});

test('embed: .npy has the header that NumPy reads', async () => {
  const out = path.join(root, 'vectors.npy');
  assert.equal((await embed('--input', input, '--out', out)).status, 0);
  const bytes = readFileSync(out);
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  const header = bytes.subarray(10, 10 + bytes.readUInt16LE(8)).toString('latin1');
  assert.match(header, /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(4, 16\), \} *\n$/);
  assert.equal((10 + header.length) % 64, 0);
  assert.equal(bytes.length, 10 + header.length + 4 * 16 * 4);
});

test('embed: a column of a CSV, cut texts counted', async () => {
  const csv = path.join(root, 'data.csv');
  writeFileSync(csv, 'id,question\n1,who is the abc def\n2,what\n');
  const out = path.join(root, 'short.npy');
  const { status, err } = await embed('--input', csv, '--text-column', 'question', '--max-length', '5', '--out', out);
  assert.equal(err, `2 texts x mean 16 in ${out}; 1 truncated text\n`);
  assert.equal(status, 0);
});

for (const [name, args, message] of [
  [
    'two poolings in .npy',
    ['--input', input, '--pooling', 'cls,mean', '--out', path.join(root, 'x.npy')],
    'bench: --out: An .npy file holds one matrix, got 2 poolings. Write a .safetensors file, or one pooling.\n',
  ],
  [
    'another ending',
    ['--input', input, '--out', path.join(root, 'x.bin')],
    `bench: --out: "${path.join(root, 'x.bin')}" is neither .npy nor .safetensors.\n`,
  ],
  [
    'an unknown number type',
    ['--input', input, '--dtype', 'fp23', '--out', path.join(root, 'x.npy')],
    'bench: --dtype: "fp23" is not a valid value. Did you mean "fp32"? It takes fp32, fp16, q8, q4.\n',
  ],
  [
    'a missing input',
    ['--input', path.join(root, 'none.csv'), '--out', path.join(root, 'x.npy')],
    `bench: ${path.join(root, 'none.csv')}: File not found.\n`,
  ],
] as const) {
  test(`embed: ${name} is one line, and nothing is written`, async () => {
    const { status, err } = await embed(...args);
    assert.equal(err, message);
    assert.equal(status, 2);
    assert.ok(!existsSync(path.join(root, 'x.npy')));
  });
}

test('cache: lists what is stored, finds damage, prunes', async () => {
  const listed = await bench(['cache'], { cache });
  assert.equal(listed.status, 0);
  assert.match(listed.out, /^vectors +tiny \(40 tokens\) +3 poolings +3 /m);
  assert.match((await bench(['cache', '--verify'], { cache })).out, /^\d+ files are intact, 0 damaged\.\n$/);
  assert.match((await bench(['cache', '--max-size', '0KB', '--dry-run'], { cache })).out, /^\d+ files, 0\.0 MB, would be removed\.\n$/);
  assert.match((await bench(['cache', '--max-size', '0KB'], { cache })).out, /^\d+ files, 0\.0 MB, removed\.\n$/);
  assert.doesNotMatch((await bench(['cache'], { cache })).out, /^vectors/m);
  assert.equal(
    (await bench(['cache', '--max-age', 'soon'], { cache })).err,
    'bench: --max-age: "soon" cannot be read. Write it like 90m, 12h, 30d, 4w.\n',
  );
});
