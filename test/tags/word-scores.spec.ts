import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordScores } from '../../src/tags/word-scores.ts';
import { agrees } from '../statistics/regression-reference.ts';
import { TAGS } from './reference.ts';

const of = (truth: readonly number[], predicted: readonly number[], outside?: number) =>
  wordScores({ truth: Int32Array.from(truth), predicted: Int32Array.from(predicted), classes: 4, outside });

test('word scores: those of scikit-learn, to 1e-12', () => {
  for (const { gold, first, accuracy, macro_f1, macro_f1_no_o, words } of TAGS.cases) {
    const all = { truth: Int32Array.from(gold.flat()), predicted: Int32Array.from(first.flat()), classes: TAGS.classes.length };
    const found = wordScores({ ...all, outside: 0 });
    assert.ok(agrees(found.accuracy, accuracy, 1e-12) && agrees(found.macroF1, macro_f1, 1e-12));
    assert.ok(agrees(found.withoutOutside!.microF1, words.value, 1e-12) && agrees(found.withoutOutside!.macroF1, macro_f1_no_o, 1e-12));
    const { withoutOutside, ...rest } = found;
    assert.ok(withoutOutside !== undefined);
    assert.deepEqual(wordScores(all), rest);
  }
});

test('word scores: exact numbers; O is any class, the last or the first', () => {
  assert.deepEqual(of([3, 3, 0, 1, 1], [3, 0, 0, 3, 2], 3).withoutOutside, { microF1: 2 / 6, macroF1: 2 / 3 / 3 });
  assert.deepEqual(of([0, 0, 3, 1, 1], [0, 3, 3, 0, 2], 0).withoutOutside, { microF1: 2 / 6, macroF1: 2 / 3 / 3 });
});

test('word scores: all O is an accuracy of 1, and nothing without O', () => {
  assert.deepEqual(of([0, 0], [0, 0], 0), { n: 2, correct: 2, accuracy: 1, macroF1: 1, withoutOutside: { microF1: 0, macroF1: NaN } });
  assert.deepEqual(of([0, 1], [0, 0], 0).withoutOutside, { microF1: 0, macroF1: 0 });
});

test('word scores: what they refuse', () => {
  assert.throws(() => of([0], [0, 1]), { code: 'SHAPE' });
  assert.throws(() => of([], [], 0), { code: 'DATA' });
  for (const outside of [4, -1, 0.5]) {
    assert.throws(() => of([0], [0], outside), { code: 'INTERNAL', message: `Class ${outside} is not one of 4 classes.` });
  }
});
