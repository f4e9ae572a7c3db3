import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseIndex, crossOverRows } from '../../src/knn/choose.ts';

const there = () => true;
const missing = () => false;

test('choose: what is asked for is taken', () => {
  assert.deepEqual(chooseIndex({ index: 'exact', rows: 1e9, queries: 1e9, hasHnsw: there }), { index: 'exact', why: 'exact, as asked for.' });
  assert.deepEqual(chooseIndex({ index: 'hnsw', rows: 10, queries: 10, hasHnsw: missing }), { index: 'hnsw', why: 'hnsw, as asked for.' });
});

test('choose: auto is exact below the cross-over and hnsw above it, and says why', () => {
  const at = crossOverRows();
  const rows = at.toLocaleString('en-US');
  assert.equal(chooseIndex({ index: 'auto', rows: at * 0.9, queries: at * 0.9, hasHnsw: there }).index, 'exact');
  assert.equal(chooseIndex({ index: 'auto', rows: at * 1.1, queries: at * 1.1, hasHnsw: there }).index, 'hnsw');
  const where = `where HNSW is as fast lies at about ${rows} rows searched for each of them`;
  assert.equal(chooseIndex({ index: 'auto', rows: 5952, queries: 5952, hasHnsw: there }).why, `exact: the fastest for 5,952 queries among 5,952 rows; ${where}.`);
  assert.equal(chooseIndex({ index: 'auto', rows: 1e6, queries: 1e6, hasHnsw: there }).why, `hnsw: faster than exact for 1,000,000 queries among 1,000,000 rows; ${where}.`);
});

test('choose: few queries are not worth an index, however large the corpus', () =>
  assert.equal(chooseIndex({ index: 'auto', rows: 1e7, queries: 1000, hasHnsw: there }).index, 'exact'));

test('choose: auto is exact where hnswlib-node is missing', () => {
  const { index, why } = chooseIndex({ index: 'auto', rows: 1e6, queries: 1e6, hasHnsw: missing });
  assert.equal(index, 'exact');
  assert.match(why, /but hnswlib-node is not installed\.$/);
});
