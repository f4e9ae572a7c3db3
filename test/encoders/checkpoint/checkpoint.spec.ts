import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, realpathSync, symlinkSync, truncateSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { writeTinyCheckpoint } from '../../tiny-checkpoint.ts';
import { folderWith, refused, valuesOf } from './folders.ts';
import { floats, safetensors, tensor, torchZip } from './torch-files.ts';

const bin = torchZip({ dict: [['bin', tensor({ storage: '0', length: 1, shape: [1], strides: [1] })]] }, { 0: floats(1) });
const index = (map: object) => JSON.stringify({ metadata: {}, weight_map: map });

/** A safetensors file with one number per name: 1, 2, … */
function one(...names: string[]): Buffer {
  const header = names.map((name, i) => [name, { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] }]);
  return safetensors(Object.fromEntries(header), floats(...names.map((_, i) => i + 1)));
}

const SHARDED = { 'a.safetensors': one('x', 'y'), 'b.safetensors': one('z') };
const INDEX = 'model.safetensors.index.json';

function openWithIndex(text: string) {
  return openCheckpoint(folderWith({ ...SHARDED, [INDEX]: text }));
}

test('checkpoint: the first of the four layouts that is there is read', async () => {
  const files = {
    'model.safetensors': one('whole'),
    [INDEX]: index({ x: 'a.safetensors', y: 'a.safetensors' }),
    'pytorch_model.bin': bin,
    'pytorch_model.bin.index.json': index({ bin: 'shard.bin' }),
  };
  const rest = { ...SHARDED, 'shard.bin': bin };
  const found: string[] = [];
  for (const first of Object.keys(files).keys()) {
    const { tensors } = await openCheckpoint(folderWith({ ...rest, ...Object.fromEntries(Object.entries(files).slice(first)) }));
    found.push([...tensors.keys()].join());
  }
  assert.deepEqual(found, ['whole', 'x,y', 'bin', 'bin']);
});

test('checkpoint: shards are put together, links resolved', async () => {
  const blobs = folderWith({ aa: SHARDED['a.safetensors'], bb: SHARDED['b.safetensors'] });
  const folder = folderWith({ [INDEX]: index({ x: 'a.safetensors', z: 'b.safetensors', y: 'a.safetensors' }) });
  symlinkSync(path.join(blobs, 'aa'), path.join(folder, 'a.safetensors'));
  symlinkSync(path.join(blobs, 'bb'), path.join(folder, 'b.safetensors'));
  const checkpoint = await openCheckpoint(folder);
  const real = realpathSync(blobs);
  assert.deepEqual(checkpoint.files, [path.join(real, 'aa'), path.join(real, 'bb')]);
  assert.deepEqual(
    [...checkpoint.tensors.values()].map(({ name, file }) => [name, path.basename(file)]),
    [
      ['x', 'aa'],
      ['y', 'aa'],
      ['z', 'bb'],
    ],
  );
  assert.deepEqual(await valuesOf(checkpoint, 'y'), [2]);
});

test('checkpoint: a gigabyte of weights is opened by its header alone', async () => {
  const count = 1 << 28;
  const header = {
    w: { dtype: 'F32', shape: [count], data_offsets: [0, 4 * count] },
    end: { dtype: 'F32', shape: [2], data_offsets: [4 * count, 4 * count + 8] },
  };
  const start = safetensors(header);
  const folder = folderWith({ 'model.safetensors': start });
  truncateSync(path.join(folder, 'model.safetensors'), start.length + 4 * count + 8);
  const before = process.memoryUsage().arrayBuffers;
  const checkpoint = await openCheckpoint(folder);
  assert.deepEqual(await valuesOf(checkpoint, 'end'), [0, 0]);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

test('checkpoint: a folder without weights, and a folder in their place, are refused', async () => {
  const empty = folderWith({});
  await assert.rejects(openCheckpoint(empty), {
    code: 'SOURCE',
    message: `${empty}: It has no weights: neither model.safetensors nor pytorch_model.bin, nor an index of either. Download the encoder again, or name another folder.`,
  });
  mkdirSync(path.join(empty, 'model.safetensors'));
  await assert.rejects(openCheckpoint(empty), {
    code: 'SOURCE',
    message: `${path.join(empty, 'model.safetensors')}: The weights cannot be opened (it is not a file). Replace it with the actual file, or download the encoder again.`,
  });
});

test('checkpoint: an index cannot name a file elsewhere', async () => {
  for (const name of [
    '../a.safetensors',
    '/etc/passwd',
    'sub/a.safetensors',
    '..',
    '.',
    '',
    'C:a',
    'a\\b',
    'a\0',
    null,
    7,
    ['a.safetensors'],
  ]) {
    const said = JSON.stringify(name);
    await assert.rejects(
      openWithIndex(index({ x: name })),
      refused(INDEX, `Tensor "x" is mapped to ${said}, which is not a file name in the folder of the index. Such an index is refused.`),
    );
  }
});

test('checkpoint: an index that is none is refused', async () => {
  for (const text of ['[]', 'null', '{}', '{"weight_map":[]}', '{"weight_map":{}}'])
    await assert.rejects(openWithIndex(text), refused(INDEX, 'It has no weight_map from tensors to files. Download it again.'));
  await assert.rejects(
    openWithIndex('{"weight_map":{"x":"a.safetensors","x":"b.safetensors"}}'),
    refused(INDEX, 'It cannot be read as JSON (the key "x" is given twice). Download it again.'),
  );
  await assert.rejects(openWithIndex('{"weight_map"'), {
    code: 'FORMAT',
    message: /index\.json: It cannot be read as JSON \(.+\)\. Download it again\.$/,
  });
});

test('checkpoint: index and shards must agree on what lies where', async () => {
  const AGAIN = 'Download the index and its files again.';
  await assert.rejects(
    openWithIndex(index({ x: 'a.safetensors', y: 'a.safetensors', w: 'a.safetensors' })),
    refused('a.safetensors', `Its index maps tensor "w" to this file, which does not contain it. ${AGAIN}`),
  );
  await assert.rejects(
    openWithIndex(index({ x: 'a.safetensors' })),
    refused('a.safetensors', `It contains tensor "y", which its index does not map to it. ${AGAIN}`),
  );
  await assert.rejects(
    openWithIndex(index({ x: 'a.safetensors', y: 'b.safetensors' })),
    refused('a.safetensors', `It contains tensor "y", which its index does not map to it. ${AGAIN}`),
  );
  await assert.rejects(openWithIndex(index({ x: 'c.safetensors' })), {
    code: 'SOURCE',
    message: /^\S+c\.safetensors: Weights file not found\. Download it again\.$/,
  });
});

interface Oracle {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: number[];
}

const EDGES = ['edge.safetensors', 'edge_zip.bin', 'edge_legacy.bin'];

for (const { name: where, at, skip, file } of oracleFolders('formats').flatMap((each) => EDGES.map((edge) => ({ ...each, file: edge })))) {
  test(`checkpoint: every odd tensor of ${file} equals the reference (${where})`, { skip }, async () => {
    const as = file.endsWith('.bin') ? 'pytorch_model.bin' : 'model.safetensors';
    const folder = folderWith({ [as]: readFileSync(at(file)) });
    const { tensors } = await openCheckpoint(folder);
    const oracle = JSON.parse(readFileSync(at('expected.json'), 'utf8')) as Record<string, Oracle>;
    const types = {
      float64: 'f64',
      float32: 'f32',
      float16: 'f16',
      bfloat16: 'bf16',
      int64: 'i64',
      int32: 'i32',
      uint8: 'u8',
      bool: 'bool',
    } as Record<string, string>;
    assert.deepEqual([...tensors.keys()].toSorted(), Object.keys(oracle).toSorted());
    for (const [key, { dtype, shape, values }] of Object.entries(oracle)) {
      const stored = tensors.get(key)!;
      assert.deepEqual([stored.dtype, stored.shape], [types[dtype], shape], key);
      assert.deepEqual(await readFloats(stored), Float32Array.from(values, Number), key);
    }
  });
}

test('checkpoint: weights are found among the files of a training run', async () => {
  const checkpoint = await openCheckpoint(folderWith({ 'pytorch_model.bin': readFileSync(ownOracle('formats', 'nested_zip.bin')) }));
  assert.deepEqual([...checkpoint.tensors.keys()], ['w']);
  assert.deepEqual(await valuesOf(checkpoint, 'w'), [1, 1, 1, 1]);
});

test('checkpoint: safetensors and the older layout of torch hold the same weights', async () => {
  const folder = folderWith({});
  copyFileSync(ownOracle('bert-uncased', 'pytorch_model.bin'), path.join(folder, 'pytorch_model.bin'));
  const older = await openCheckpoint(folder);
  const newer = await openCheckpoint(ownOracle('bert-uncased'));
  assert.deepEqual([...older.tensors.keys()].toSorted(), [...newer.tensors.keys()].toSorted());
  for (const [name, stored] of older.tensors) {
    assert.deepEqual(stored.shape, newer.tensors.get(name)!.shape);
    assert.deepEqual(await readFloats(stored), await readFloats(newer.tensors.get(name)!), name);
  }
});

test('checkpoint: duplicate weights are named if they may differ: a whole file with shards, and a file that is newer than the one read', async () => {
  const bytes = readFileSync(path.join(writeTinyCheckpoint(folderWith({})), 'model.safetensors'));
  const notes = async (files: Readonly<Record<string, Uint8Array | string>>, newer?: string) => {
    const folder = folderWith({ 'model.safetensors': bytes, ...files });
    if (newer !== undefined) utimesSync(path.join(folder, newer), new Date(), new Date(Date.now() + 3_600_000));
    return (await openCheckpoint(folder)).notes;
  };
  assert.deepEqual(await notes({}), []);
  // As in most repositories.
  assert.deepEqual(await notes({ 'pytorch_model.bin': 'x' }), []);
  assert.deepEqual(await notes({ 'pytorch_model.bin': 'x' }, 'pytorch_model.bin'), [
    'It has two sets of weights, model.safetensors and pytorch_model.bin (newer): model.safetensors is used.',
  ]);
  assert.deepEqual(await notes({ 'model.safetensors.index.json': '{}' }), [
    'It has two sets of weights, model.safetensors and model.safetensors.index.json: model.safetensors is used.',
  ]);
});
