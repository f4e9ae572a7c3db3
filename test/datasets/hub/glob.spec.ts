import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksFor, matches } from '../../../src/datasets/hub/glob.ts';

/** Pattern, path, and the result of fsspec 2026 (`glob_translate`). */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['*.csv', 'a.csv', true],
  ['*.csv', 'x/a.csv', false],
  ['data/*.csv', 'data/a.csv', true],
  ['data/*', 'data/x/a.csv', false],
  ['**', 'a.csv', true],
  ['**', 'x/y/a.csv', true],
  ['data/**', 'data/a.csv', true],
  ['data/**', 'data/x/y.csv', true],
  ['data/**', 'data', false],
  ['data/**', 'database/x', false],
  ['**/a.csv', 'a.csv', true],
  ['**/a.csv', 'x/y/a.csv', true],
  ['**/*.csv', 'x/b.csv', true],
  ['x/**/a.csv', 'x/a.csv', true],
  ['x/**/a.csv', 'x/1/2/a.csv', true],
  ['x/**/a.csv', 'y/a.csv', false],
  ['train-*', 'train-00000-of-00001.parquet', true],
  ['train-*', 'train.parquet', false],
  ['t?st.csv', 'test.csv', true],
  ['t?st.csv', 'tst.csv', false],
  ['[ab].csv', 'a.csv', true],
  ['[ab].csv', 'c.csv', false],
  ['[!ab].csv', 'c.csv', true],
  ['[!ab].csv', 'a.csv', false],
  ['x-[0-9][0-9].csv', 'x-17.csv', true],
  ['x-[0-9].csv', 'x-a.csv', false],
  ['a[.csv', 'a[.csv', true],
  ['[]].csv', '].csv', true],
  ['[]-a]', ']', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXbY', false],
  ['*', 'a/b', false],
  ['*/*', 'a/b', true],
  ['**/x/**', 'x/1', true],
  ['**/x/**', 'a/x/b/c', true],
  ['**/x/**', 'a/b', false],
  ['data/train-*-of-*.parquet', 'data/train-00000-of-00001-abc.parquet', true],
  ['a.csv', 'aXcsv', false],
  ['a+(b).csv', 'a+(b).csv', true],
  ['Ä*.csv', 'Äx.csv', true],
];

for (const [pattern, path, expected] of CASES) {
  test(`glob: ${pattern} ${expected ? 'takes' : 'does not take'} ${path}`, () => assert.equal(matches(pattern, path), expected));
}

test('glob: hidden and special files are taken by a pattern that asks for such alone', () => {
  const said = (
    [
      ['**', '.x/a.csv'],
      ['**', '.a.csv'],
      ['.x/*', '.x/a.csv'],
      ['**', '__pycache__/a.csv'],
      ['__*/*', '__pycache__/a.csv'],
      ['**', 'a__b/c.csv'],
      ['**', '__a.csv'],
    ] as const
  ).map(([pattern, path]) => asksFor(pattern, path));
  assert.deepEqual(said, [false, false, true, false, true, true, true]);
});

test('glob: a hostile pattern takes a time that grows with no more than its length times the path’s', () => {
  const started = performance.now();
  assert.equal(matches(`${'a*'.repeat(2000)}b`, 'a'.repeat(4000)), false);
  assert.equal(matches(`${'**/a/'.repeat(2000)}b`, 'a/'.repeat(4000)), false);
  assert.ok(performance.now() - started < 2000);
});
