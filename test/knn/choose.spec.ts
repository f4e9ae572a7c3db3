import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseIndex, crossOverRows } from '../../src/knn/choose.ts';

const there = () => undefined;
const missing = () => 'usearch is not installed.';

test('choose: the requested index is taken', () => {
  assert.deepEqual(chooseIndex({ index: 'exact', rows: 1e9, queries: 1e9, missing: there }), {
    index: 'exact',
    why: 'exact, as requested.',
  });
  assert.deepEqual(chooseIndex({ index: 'hnsw', rows: 10, queries: 10, missing: there }), { index: 'hnsw', why: 'hnsw, as requested.' });
  assert.deepEqual(chooseIndex({ index: 'hnswlib', rows: 10, queries: 10, missing }), { index: 'hnswlib', why: 'hnswlib, as requested.' });
});

test('choose: auto is exact below the cross-over and hnsw above it, and says why', () => {
  const at = crossOverRows();
  const rows = at.toLocaleString('en-US');
  assert.equal(chooseIndex({ index: 'auto', rows: at * 0.9, queries: at * 0.9, missing: there }).index, 'exact');
  assert.equal(chooseIndex({ index: 'auto', rows: at * 1.1, queries: at * 1.1, missing: there }).index, 'hnsw');
  const where = `HNSW pays off above about ${rows} rows`;
  assert.equal(
    chooseIndex({ index: 'auto', rows: 5952, queries: 5952, missing: there }).why,
    `exact, the fastest for 5,952 queries among 5,952 rows; ${where}.`,
  );
  assert.equal(
    chooseIndex({ index: 'auto', rows: 1e6, queries: 1e6, missing: there }).why,
    `HNSW, faster than exact search for 1,000,000 queries among 1,000,000 rows; ${where}.`,
  );
});

test('choose: few queries are not worth an index, however large the corpus', () =>
  assert.equal(chooseIndex({ index: 'auto', rows: 1e7, queries: 1000, missing: there }).index, 'exact'));

test('choose: exact in place of hnsw where it has no library here, and says so', () => {
  const why = 'exact, although hnsw was requested: usearch is not installed.';
  assert.deepEqual(chooseIndex({ index: 'hnsw', rows: 1e6, queries: 1e6, missing }), { index: 'exact', why });
});

test('choose: auto is exact where HNSW has no library here', () => {
  const { index, why } = chooseIndex({ index: 'auto', rows: 1e6, queries: 1e6, missing });
  assert.equal(index, 'exact');
  assert.match(why, /rows\): usearch is not installed\.$/);
});
