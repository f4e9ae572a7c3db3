import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readShard, writeShard, type ShardContents } from '../../src/embed/shard.ts';
import { WaitingRows } from '../../src/embed/waiting-rows.ts';
import { temporaryFolder } from '../temporary.ts';

const WIDTH = 3;
const hash = (i: number) => String.fromCharCode(...Array.from({ length: 16 }, (_, j) => (i * 31 + j * 17) % 256));
const vector = (i: number) => Float32Array.of(i, -i, i / 3);

function filled(rows: WaitingRows, from: number, to: number): ShardContents {
  for (let i = from; i < to; i++) rows.put(hash(i), vector(i), i + 2);
  return rows.take();
}

test('waiting rows: rows are taken in order, and the buffer is reused', () => {
  const rows = new WaitingRows(WIDTH);
  for (const [from, to] of [
    [0, 5],
    [5, 7],
    [7, 20],
  ] as const) {
    const { hashes, tokens, vectors, width } = filled(rows, from, to);
    const all = Array.from({ length: to - from }, (_, i) => from + i);
    assert.equal(Buffer.from(hashes).toString('latin1'), all.map(hash).join(''));
    assert.deepEqual(
      [...tokens],
      all.map((i) => i + 2),
    );
    assert.deepEqual(vectors, Float32Array.from(all.flatMap((i) => [...vector(i)])));
    assert.equal(width, WIDTH);
  }
});

test('waiting rows: they are full at 8 MB of vectors, and a longer vector is on its own', () => {
  const rows = new WaitingRows(1 << 20);
  const long = new Float32Array(1 << 20);
  rows.put(hash(0), long, 1);
  assert.equal(rows.isFull, false);
  rows.put(hash(1), long, 1);
  assert.equal(rows.isFull, true);
  const one = new WaitingRows(1 << 22);
  one.put(hash(0), new Float32Array(1 << 22).fill(2), 1);
  assert.equal(one.isFull, true);
  assert.equal(one.take().vectors.at(-1), 2);
});

test('waiting rows: a shard of them is the file that one of separate arrays is, name and bytes', async () => {
  const folder = temporaryFolder();
  const contents = filled(new WaitingRows(WIDTH), 3, 12);
  const apart = { ...contents, hashes: contents.hashes.slice(), tokens: contents.tokens.slice(), vectors: contents.vectors.slice() };
  const file = await writeShard(folder, contents);
  const bytes = readFileSync(file);
  assert.equal(await writeShard(folder, apart), file);
  assert.deepEqual(readFileSync(file), bytes);
  const read = await readShard(file);
  assert.deepEqual(read.vectors, apart.vectors);
  assert.deepEqual(read.tokens, apart.tokens);
});
