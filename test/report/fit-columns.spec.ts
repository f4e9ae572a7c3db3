import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitColumns, fitRows, type FitColumn } from '../../src/report/fit-columns.ts';

const NAMES = ['paraphrase-MiniLM-L3-v2', 'all-MiniLM-L6-v2@3'];
const column = (title: string, text: string, importance?: number): FitColumn => ({ title, texts: [text, text], importance });
const COLUMNS: readonly FitColumn[] = [
  { title: 'Encoder', texts: NAMES },
  { title: 'Score', texts: ['90.00', '80.00'] },
  column('95% CI', '80.00 – 90.00', 3),
  column('Silhouette', '0.0123', 1),
  column('MB', '7', 2),
];

const fitted = (width: number, columns = COLUMNS) => fitColumns({ columns, count: 2, names: 1, ruled: true, width });
const widthOf = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

test('columns: the least important go first, names are whole as long as one is left to go', () => {
  assert.deepEqual(fitted(80).dropped, []);
  for (const [width, dropped] of [
    [62, ['Silhouette']],
    [55, ['Silhouette', 'MB']],
    [40, ['95% CI', 'Silhouette', 'MB']],
    [35, ['95% CI', 'Silhouette', 'MB']],
  ] as const) {
    const { text, dropped: gone } = fitted(width);
    assert.deepEqual(gone, dropped, `${width}\n${text}`);
    assert.ok(widthOf(text) <= width);
    for (const name of NAMES) assert.ok(text.includes(name), text);
  }
});

test('columns: with names and the main score left, names are cut in the middle', () => {
  const { text, dropped } = fitted(26);
  assert.deepEqual(dropped, ['95% CI', 'Silhouette', 'MB']);
  assert.equal(widthOf(text), 26);
  assert.match(text, /│ paraphr…-L3-v2 │ 90\.00 │/);
  assert.match(text, /│ all-Min…6-v2@3 │ 80\.00 │/);
});

test('columns: an empty one goes before all others, and is not listed', () => {
  const { text, dropped } = fitted(62, [...COLUMNS.slice(0, 3), column('Aliases', '', 9), column('MB', '7', 2)]);
  assert.doesNotMatch(text, /Aliases/);
  assert.deepEqual(dropped, []);
});

test('columns: what is not shown is said, with the flag that shows it; a file has all', () => {
  const params = { head: ['Key', 'Where'], rows: [['a-rather-long-key', 'a place']], names: 2, importance: { Where: 1 } };
  assert.match(fitRows({ ...params, ruled: true, width: 24 }), /\nNot shown at this width:\n {2}Where; `wide` shows\n {2}all\.$/);
  assert.equal(fitRows({ ...params, ruled: false, width: 24 }), 'Key                Where\na-rather-long-key  a place');
});
