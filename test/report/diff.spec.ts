import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDiff } from '../../src/report/diff.ts';
import type { CellDiff, Change } from '../../src/results/diff.ts';
import { row } from '../results/rows.ts';

const cell = (encoder: string, change: Change): CellDiff => ({
  row: row({ encoder }),
  change,
  score: 'micro_f1',
  before: change === 'new' ? '' : '1.00',
  after: change === 'gone' ? '' : '2.00',
  significant: false,
});
const shown = (cells: readonly CellDiff[], format: 'table' | 'markdown' = 'table'): string =>
  renderDiff({ diff: { before: 'old', after: 'new', score: 'micro_f1', cells }, format, tty: true, width: 80 });

test('diff: of sets without a common configuration one sentence says so, and no row is listed', () => {
  const cells = [cell('a', 'gone'), cell('b', 'gone'), cell('c', 'new')];
  assert.equal(
    shown(cells),
    'Nothing is comparable: no configuration is in both old and new: they differ in\n  encoder.\n\n' +
      'Micro-F1, old → new: 0 better, 0 worse, 1 new, 2 gone and 0 unchanged\n',
  );
  assert.doesNotMatch(shown(cells, 'markdown'), /^\|/m);
});

test('diff: as long as one configuration is in both, or one set is empty, rows are listed', () => {
  assert.match(shown([cell('a', 'gone'), cell('b', 'better'), cell('c', 'new')]), /│ a .*gone/);
  assert.match(shown([cell('a', 'new'), cell('b', 'new')]), /│ a .*new/);
});

test('diff: next to results of a card, those of the CPU say so', () => {
  const [cpu, card] = [cell('a', 'gone'), cell('a', 'better')];
  const text = shown([cpu, { ...card, row: row({ encoder: 'a', device: 'webgpu' }) }], 'markdown');
  assert.match(text, /on the CPU.*gone/);
  assert.match(text, /on webgpu.*better/);
  assert.doesNotMatch(shown([cpu, cell('b', 'better')], 'markdown'), /CPU/);
});
