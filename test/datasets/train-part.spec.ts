import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationDataset } from '../../src/datasets/build.ts';
import { SPLITS, type Example } from '../../src/datasets/dataset.ts';
import { trainAlone, trainPart } from '../../src/datasets/train-part.ts';

const examples = Array.from({ length: 60 }, (_, i): Example => ({
  text: `text ${i}`,
  labels: i === 59 ? ['rare'] : i % 3 === 0 ? ['a', 'b'] : [i % 3 === 1 ? 'b' : 'c'],
  split: SPLITS[i % 5 === 3 ? 1 : i % 5 === 4 ? 2 : 0]!,
}));
const dataset = classificationDataset({ key: 'd', labelField: 'label', labels: 'multi', examples, sample: '' });
const splitsOf = ({ split }: { split: Uint8Array }): number[] => SPLITS.map((_, at) => split.filter((each) => each === at).length);

test('part of train: N texts, all of dev, no test; a smaller one is contained in a larger one', () => {
  const parts = [6, 12, 24].map((size) => trainPart(dataset, { size, seed: 1 }));
  assert.deepEqual(parts.map(splitsOf), [
    [6, 12, 0],
    [12, 12, 0],
    [24, 12, 0],
  ]);
  for (const [at, { texts }] of parts.slice(1).entries()) assert.ok(parts[at]!.texts.every((text) => texts.includes(text)));
  assert.equal(new Set(parts.map(({ hash }) => hash)).size, 3);
  assert.equal(parts[0]!.sample, 'train 6 of 36, nested, seed 1');
});

test('part of train: classes keep their numbers, and texts all of their labels', () => {
  const part = trainPart(dataset, { size: 6, seed: 2 });
  assert.deepEqual(part.classes, dataset.classes);
  for (const [row, text] of part.texts.entries()) {
    const whole = dataset.texts.indexOf(text);
    assert.deepEqual([part.labels[row], part.labelSets![row]], [dataset.labels[whole], dataset.labelSets![whole]]);
  }
});

test('part of train: another seed takes other texts; one that is no smaller is all of train', () => {
  const trainOf = (seed: number): string[] => trainPart(dataset, { size: 6, seed }).texts.filter((_, row) => row % 1 === 0);
  assert.notDeepEqual(trainOf(1), trainOf(2));
  assert.deepEqual(splitsOf(trainPart(dataset, { size: 99, seed: 1 })), [36, 12, 0]);
});

test('train alone: its texts, the first label of each, and the classes that it has', () => {
  const alone = trainAlone(dataset);
  assert.deepEqual(splitsOf(alone), [36, 0, 0]);
  assert.deepEqual(alone.classes, ['a', 'b', 'c'], 'the rare one is of a text of test');
  assert.equal(alone.labelSets, undefined);
});
