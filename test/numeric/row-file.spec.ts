import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { row } from '../../src/numeric/matrix.ts';
import { closeRowFile, makeRowFile, writeRow } from '../../src/numeric/row-file.ts';
import { rowSource } from '../../src/numeric/rows.ts';
import { uniform } from '../knn/brute.ts';
import { fileOf } from '../knn/row-files.ts';

test('row file: rows come back in any order, from several readers at once', async () => {
  const corpus = uniform(3000, 101, 1); // more than is read ahead
  const file = await fileOf(corpus);
  const [source, other] = [rowSource(file), rowSource(file).again()];
  const order = [...Array(3000).keys(), 17, 2999, 0, 1, 2, 2998, 1500, 1503, 1503, 1499];
  for (const [at, i] of order.entries()) {
    const j = order[order.length - 1 - at]!;
    const [from, to] = [source.at(i), other.at(j)];
    assert.deepEqual(source.data.subarray(from, from + 101), row(corpus, i));
    assert.deepEqual(other.data.subarray(to, to + 101), row(corpus, j));
  }
  closeRowFile(file);
});

test('row file: columns of a row are written by themselves; what was not written is zero', async () => {
  const file = await makeRowFile(mkdtempSync(path.join(tmpdir(), 'rows-')), { rows: 2, cols: 4 });
  writeRow(file, 1, Float32Array.of(7, 8), 2);
  writeRow(file, 1, Float32Array.of(5), 0);
  const source = rowSource(file);
  assert.equal(source.at(1), 0);
  assert.deepEqual(source.data.subarray(0, 4), Float32Array.of(5, 0, 7, 8));
  const at = source.at(0);
  assert.deepEqual(source.data.subarray(at, at + 4), new Float32Array(4));
  closeRowFile(file);
});

test('row file: its folder shows nothing of it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
  const file = await makeRowFile(folder, { rows: 10, cols: 10 });
  assert.deepEqual(readdirSync(folder), []);
  closeRowFile(file);
});
