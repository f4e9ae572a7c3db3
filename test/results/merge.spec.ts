import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOfRows } from '../../src/results/csv.ts';
import { mergeRows } from '../../src/results/merge.ts';
import { KEY_COLUMNS } from '../../src/results/row.ts';
import { row, scored } from './rows.ts';

test('merge: a recomputed result replaces its row, the others stay', () => {
  const kept = scored('bert', 'toy', '50.00');
  const stale = scored('electra', 'toy', '60.00', { revision: 'old' });
  const fresh = scored('electra', 'toy', '61.00', { revision: 'new' });
  const added = scored('electra', 'news', '70.00');
  assert.equal(csvOfRows(mergeRows({ old: [kept, stale], fresh: [fresh, added] })), csvOfRows([kept, fresh, added]));
});

test('merge: rows that differ in one key column are two cells, in another column one', () => {
  for (const column of KEY_COLUMNS) assert.equal(mergeRows({ old: [row()], fresh: [row({ [column]: 'other' })] }).length, 2, column);
  for (const column of ['correct', 'members', 'revision', 'file_hash', 'data_hash', 'recall', 'epoch'] as const) {
    assert.equal(mergeRows({ old: [row()], fresh: [row({ [column]: 'other' })] }).length, 1, column);
  }
});

test('merge: two runs give the same file in either order', () => {
  const [a, b] = [[scored('a', 'x', '1.00')], [scored('b', 'x', '2.00')]];
  assert.equal(csvOfRows(mergeRows({ old: a, fresh: b })), csvOfRows(mergeRows({ old: b, fresh: a })));
});
