import assert from 'node:assert/strict';
import { test } from 'node:test';
import { natural, sortRows } from '../../src/results/order.ts';
import { row, shuffled } from './rows.ts';

test('natural: numbers by value, texts by code unit, numbers first', () => {
  const sorted = ['', '1', '01', '2', '9', '10', '0..12', 'Z', 'a', 'a1', 'a2', 'a10', 'a10b', 'b', 'last', 'é'].toSorted(natural);
  assert.deepEqual(sorted, ['', '0..12', '01', '1', '2', '9', '10', 'Z', 'a', 'a1', 'a2', 'a10', 'a10b', 'b', 'last', 'é']);
});

test('natural: numbers longer than a float are compared exactly', () => {
  assert.equal(natural('9007199254740993', '9007199254740992') > 0, true);
  assert.equal(natural('9007199254740993', '10000000000000000') < 0, true);
});

test('natural: is a total order', () => {
  const words = ['', '0', '00', '1', '01', '10', '1a', 'a', 'a1', 'a01', 'a1b', 'a-', 'a-1', 'b'];
  for (const a of words) {
    for (const b of words) {
      assert.equal(Math.sign(natural(a, b)), -Math.sign(natural(b, a)) + 0, `${a} and ${b}`);
      assert.equal(natural(a, b) === 0, a === b, `${a} and ${b}`);
      for (const c of words) {
        if (natural(a, b) < 0 && natural(b, c) < 0) assert.equal(natural(a, c) < 0, true, `${a}, ${b}, ${c}`);
      }
    }
  }
});

test('sort rows: dataset, encoder, pooling, layers by value, k by value', () => {
  const sorted = [
    row({ dataset: 'a', encoder: 'x', pooling: 'cls', layers: '9' }),
    row({ dataset: 'a', encoder: 'x', pooling: 'cls', layers: '10' }),
    row({ dataset: 'a', encoder: 'x', pooling: 'mean', k: '5' }),
    row({ dataset: 'a', encoder: 'x', pooling: 'mean', k: '10' }),
    row({ dataset: 'a', encoder: 'y', pooling: 'cls' }),
    row({ dataset: 'b', encoder: 'x', pooling: 'cls', protocol: 'complete' }),
    row({ dataset: 'b', encoder: 'x', pooling: 'cls', protocol: 'leave-one-out' }),
  ];
  assert.deepEqual(sortRows(shuffled(sorted)), sorted);
});
