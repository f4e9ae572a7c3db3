import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEpoch, checkObjective, type CheckParams } from '../../src/training/check-objective.ts';
import { OBJECTIVE_NAMES, type ObjectiveName } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';

function check(name: ObjectiveName, labels: readonly number[], given: Partial<CheckParams> = {}): string[] {
  const field = { name: 'topic', labels: Int32Array.from(labels), classes: ['art', 'law', 'sea'] };
  return checkObjective({
    objective: OBJECTIVES[name],
    options: objectiveOptions(),
    dataset: 'toy',
    rows: [...labels.keys()],
    field,
    labelSets: false,
    batchSize: 8,
    ...given,
  });
}
const second = { name: 'paper', labels: Int32Array.of(0, 0, 1, 1), classes: ['A', 'B'] };

test('check: data that an objective can use has no warnings', () => {
  for (const name of OBJECTIVE_NAMES) assert.deepEqual(check(name, [0, 0, 1, 1], { second }), []);
});

test('check: classes with a single text are a warning for objectives that need positives', () => {
  assert.deepEqual(check('cea', [0, 0, 1, 2]), [
    'toy: 2 classes have a single text to train on (topic "law" is one): they have no positive and are never drawn together.',
  ]);
  assert.deepEqual(check('supcon', [0, 0, 1, 1, 2]), [
    'toy: 1 class has a single text to train on (topic "sea"): it has no positive and is never drawn together.',
  ]);
  assert.deepEqual(check('classic', [0, 0, 1, 2]), []);
  assert.deepEqual(check('cea-inverse', [0, 1, 2]), []);
  // Rows of other splits do not count.
  assert.equal(check('triplet', [0, 0, 1, 1], { rows: [0, 1, 2] }).length, 1);
});

test('check: no class with two texts is an error for objectives that need positives', () => {
  assert.throws(() => check('cea-memory', [0, 1, 2]), {
    code: 'DATA',
    message:
      'toy: No topic has two texts to train on, so no text has a positive. The objective cea-memory needs at least one class with two.',
  });
  assert.throws(
    () => check('cea-multitask', [0, 0, 1, 1], { second: { ...second, labels: Int32Array.of(0, 1, 2, 3), classes: ['A', 'B', 'C', 'D'] } }),
    {
      code: 'DATA',
      message:
        'toy: No paper has two texts to train on, so no text has a positive. The objective cea-multitask needs at least one class with two.',
    },
  );
});

test('check: a single class is an error for classification', () => {
  for (const name of ['cea', 'cea-inverse', 'classic', 'prototypes', 'triplet'] as const) {
    assert.throws(() => check(name, [1, 1, 1]), {
      code: 'DATA',
      message: 'toy: All 3 texts to train on have the topic "law", so no text has a negative. Give texts of two classes or more.',
    });
  }
  assert.deepEqual(check('cea-flipped', [1, 1, 1]), []);
});

test('check: a batch of one text is an error where texts of a batch are compared', () => {
  assert.throws(() => check('triplet', [0, 0, 1, 1], { batchSize: 1 }), {
    code: 'OPTION',
    message: '`batchSize`: The objective triplet compares texts of a batch; a batch of 1 is too small. Give 2 or more.',
  });
  assert.deepEqual(check('classic', [0, 0, 1, 1], { batchSize: 1 }), []);
  assert.deepEqual(check('cea-memory', [0, 0, 1, 1], { batchSize: 1 }), []);
});

test('check: labels that the set lacks are named', () => {
  assert.throws(() => check('cea-multitask', [0, 0, 1, 1]), {
    code: 'DATA',
    message:
      'toy: The objective cea-multitask needs a second label field besides topic, but there is none. Give a dataset with two, such as political-bias-baly (bias and publisher), or another objective.',
  });
  assert.throws(() => check('cea-multitask', [0, 0, 1, 1], { second: { ...second, name: 'topic' } }), {
    code: 'DATA',
    message: 'toy: The objective cea-multitask needs two different label fields, and both are topic. Choose another second field.',
  });
  const options = objectiveOptions({ multiLabel: true });
  assert.throws(() => check('classic', [0, 0, 1, 1], { options }), {
    code: 'DATA',
    message: 'toy: Every text has one topic; multi-label training needs several. Omit `multiLabel`.',
  });
  assert.throws(() => check('cea', [0, 0, 1, 1], { options }), {
    code: 'OPTION',
    message: '`multiLabel`: The objective cea takes one class per text. Use `objective` classic, or omit `multiLabel`.',
  });
  assert.deepEqual(check('classic', [0, 0, 0, 0], { options, labelSets: true }), []);
  assert.deepEqual(check('cea', [0, 0, 1, 1], { labelSets: true }), [
    'toy: texts have several labels; the objective cea takes the first of each.',
  ]);
  assert.throws(() => check('classic', []), {
    code: 'DATA',
    message: 'toy: No texts to train on. Give a dataset with a train split.',
  });
});

test('check: a head that gives one class a text is not scored on texts with several', () => {
  assert.throws(() => check('classic', [0, 0, 1, 1], { labelSets: true }), {
    code: 'OPTION',
    message:
      '`labels`: The objective classic predicts one class per text, but texts of toy have several. Give `multiLabel`, with `objective` classic alone, or `labels` first.',
  });
  assert.throws(() => check('prototypes', [0, 0, 1, 1], { labelSets: true }), {
    code: 'OPTION',
    message:
      '`labels`: The objective prototypes predicts one class per text, but texts of toy have several. Give `labels` first, or another objective.',
  });
});

test('check: an epoch in which nothing was compared is an error', () => {
  checkEpoch({ objective: OBJECTIVES.cea, dataset: 'toy', epoch: 1, terms: 1 });
  assert.throws(() => checkEpoch({ objective: OBJECTIVES['cea-flipped'], dataset: 'toy', epoch: 1, terms: 0 }), {
    code: 'DATA',
    message:
      'toy: No batch of epoch 1 had a pair that the objective cea-flipped compares. Give a larger `batchSize`, or `balanced`, which puts texts of one class together.',
  });
});

test('options: numbers that no loss can use are refused', () => {
  assert.throws(() => objectiveOptions({ temperature: 0 }), { code: 'OPTION', message: '`temperature`: 0 is not a number above 0.' });
  assert.throws(() => objectiveOptions({ scale: NaN }), { code: 'OPTION', message: '`scale`: NaN is not a number above 0.' });
  assert.throws(() => objectiveOptions({ margin: -1 }), { code: 'OPTION', message: '`margin`: -1 is not a number 0 or above.' });
  assert.throws(() => objectiveOptions({ weight: 0, secondWeight: 0 }), {
    code: 'OPTION',
    message: '`weight`: Both weights of the losses are 0. Give one of them a number above 0.',
  });
});
