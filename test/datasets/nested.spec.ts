import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationDataset } from '../../src/datasets/build.ts';
import { NestedSamples } from '../../src/datasets/nested.ts';

const examples = Array.from({ length: 900 }, (_, i) => ({
  text: `text ${i}`,
  labels: [i % 9 === 0 ? 'rare' : `class ${i % 3}`],
  split: i < 600 ? ('train' as const) : ('test' as const),
}));
const whole = classificationDataset({ key: 'toy', labelField: 'class', labels: 'first', examples, sample: '' });

test('nested samples: the sample of 200 lies within that of 400, in the order of the file, and says what it is', () => {
  const samples = new NestedSamples(whole, 1);
  const [few, many] = [samples.take(200), samples.take(400)];
  assert.equal(few.rows.length, 200);
  assert.ok(few.rows.every((row) => many.rows.includes(row)));
  assert.deepEqual(
    few.rows,
    few.rows.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    few.dataset.texts,
    few.rows.map((row) => whole.texts[row]),
  );
  assert.deepEqual(
    [...few.dataset.labels].map((label) => few.dataset.classes[label]),
    few.rows.map((row) => whole.classes[whole.labels[row]!]),
  );
  assert.equal(few.dataset.sample, 'nested 200 of 900, seed 1');
  assert.notEqual(few.dataset.hash, many.dataset.hash);
  assert.deepEqual(new NestedSamples(whole, 1).take(200), few);
  assert.equal(samples.take(900).dataset, whole);
});

test('nested samples: one class is no sample', () => {
  assert.throws(() => new NestedSamples(whole, 1).take(1), {
    message: 'toy: A sample of 1 texts has only one class. Use a larger sample.',
  });
});

test('nested samples: how many texts have two classes', () => {
  const rare = { ...whole, labels: whole.labels.map((_, i) => Number(i === 0)) };
  const samples = new NestedSamples(rare, 1);
  const size = Array.from({ length: rare.texts.length }, (_, i) => i + 1).find((n) => samples.hasTwoLabels(n))!;
  assert.ok(size > 1);
  assert.throws(() => samples.take(size - 1));
  assert.equal(samples.take(size).dataset.classes.length, 2);
});
