import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Task } from '../../src/datasets/dataset.ts';
import { loadDataset } from '../../src/datasets/load.ts';
import { withClasses, withNumbers, withSingleTexts, withTags } from '../../src/datasets/task.ts';
import { temporaryFolder } from '../temporary.ts';

const file = path.join(temporaryFolder(), 'mine.jsonl');
writeFileSync(
  file,
  [1, 2, 3, 4]
    .map(
      (i) =>
        `${JSON.stringify({ text: `text ${i}`, second: 'other', number: i % 2, words: ['a', 'b'], tags: ['O', i % 2 === 0 ? 'O' : 'B-X'] })}\n`,
    )
    .join(''),
);
const open = (task: Task, columns: { readonly textColumn?: string; readonly labelColumn: string; readonly textPairColumn?: string }) =>
  loadDataset({ file: { path: file, ...columns }, labels: 'first', seed: 1, task });

test('task: what a dataset is not is said, and what to do about it', async () => {
  const [classes, numbers, tags, pairs] = [
    await open('classification', { labelColumn: 'number' }),
    await open('regression', { labelColumn: 'number' }),
    await open('token-classification', { textColumn: 'words', labelColumn: 'tags' }),
    await open('classification', { labelColumn: 'number', textPairColumn: 'second' }),
  ];
  assert.equal(withClasses(classes, 'A map'), classes);
  assert.equal(withSingleTexts(classes, 'A map'), classes);
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => withClasses(numbers, 'A probe'),
      'mine: A probe needs classes, and its labels (number) are numbers (regression). Omit it, or read its labels as classes (`task` classification).',
    ],
    [
      () => withClasses(numbers, 'A map', 'Cut them.'),
      'mine: A map needs classes, and its labels (number) are numbers (regression). Cut them.',
    ],
    [
      () => withClasses(tags, 'A map', 'Cut them.'),
      'mine: A map needs classes, and its labels (tags) are tags of words (token classification). Omit it.',
    ],
    [
      () => withNumbers(classes, 'A fit'),
      'mine: A fit needs numbers (regression), and its labels (number) are classes. Omit it, or read its labels as numbers (regression) (`task` regression).',
    ],
    [
      () => withTags(classes, 'A grid'),
      'mine: A grid needs tags of words (token classification), and its labels (number) are classes. Omit it.',
    ],
    [
      () => withSingleTexts(pairs, 'A map'),
      'mine: A map reads one text per row, but its rows are pairs. Omit it, or read only one of the two columns (without `textPairColumn`).',
    ],
    [() => withSingleTexts(pairs, 'A map', 'Train on it.'), 'mine: A map reads one text per row, but its rows are pairs. Train on it.'],
  ];
  for (const [call, message] of cases) assert.throws(call, { code: 'DATA', message });
});
