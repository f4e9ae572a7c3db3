import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationDataset } from '../../src/datasets/build.ts';
import { areAmounts, checkClasses } from '../../src/datasets/targets.ts';

const labelled = (name: (i: number) => string) =>
  classificationDataset({
    key: 'toy',
    labelField: 'label',
    labels: 'first',
    sample: '',
    examples: Array.from({ length: 60 }, (_, i) => ({ text: `${i}`, labels: [name(i)], split: 'train' as const })),
  });

test('targets: many numbers with fractions are no classes', () => {
  assert.throws(() => checkClasses(labelled((i) => String(i / 8))), {
    message:
      'toy: Its 60 labels are fractional numbers, not classes. Predict them with `task` regression (run, rank, finetune, choose), or bin them into classes.',
  });
});

test('targets: numbers of classes, ratings in half steps and words are classes', () => {
  for (const name of [(i: number) => String(i), (i: number) => String((i % 10) / 2), (i: number) => (i === 0 ? 'none' : String(i / 8))])
    checkClasses(labelled(name));
});

test('targets: whole numbers with gaps may be amounts, numbers of classes are none', () => {
  assert.equal(areAmounts(labelled((i) => String(i))), false);
  assert.equal(areAmounts(labelled((i) => String(i + 1))), false);
  assert.equal(areAmounts(labelled((i) => String(2 * i))), true);
  assert.equal(areAmounts(labelled((i) => String(i - 30))), true);
  assert.equal(areAmounts(labelled((i) => String(2 * (i % 10)))), false, 'a few are classes');
  assert.equal(areAmounts(labelled((i) => String(i / 8))), false);
});
