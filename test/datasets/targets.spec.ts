import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDataset } from '../../src/datasets/build.ts';
import { checkClasses } from '../../src/datasets/targets.ts';

const labelled = (name: (i: number) => string) => buildDataset({ key: 'toy', labelField: 'label', labels: 'first', sample: '', examples: Array.from({ length: 60 }, (_, i) => ({ text: `${i}`, labels: [name(i)], split: 'train' as const })) });

test('targets: many numbers with fractions are no classes', () => {
  assert.throws(() => checkClasses(labelled((i) => String(i / 8))), { message: 'toy: Its 60 labels are numbers with fractions: a target of regression. Only classes are ranked; cut the numbers into a few.' });
});

test('targets: numbers of classes, ratings in half steps and words are classes', () => {
  for (const name of [(i: number) => String(i), (i: number) => String((i % 10) / 2), (i: number) => (i === 0 ? 'none' : String(i / 8))]) checkClasses(labelled(name));
});
