import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Split } from '../../src/datasets/dataset.ts';
import { checkProtocols } from '../../src/knn/check-protocols.ts';
import { PROTOCOLS, type LabelMode, type Protocol } from '../../src/knn/types.ts';
import { toy } from './toy.ts';

interface Case {
  readonly labels?: number[];
  readonly splits?: Split[];
  readonly labelSets?: number[][];
  readonly mode?: LabelMode;
  readonly ks?: number[];
  readonly ofWords?: boolean;
}

const check =
  (protocol: Protocol, { labels = [0, 1, 0, 1, 1], splits, labelSets, mode, ks = [1], ofWords }: Case) =>
  () =>
    checkProtocols({ dataset: toy({ labels, splits, labelSets }), protocols: [protocol], ks, labels: mode, ofWords });

const tooLarge = (what: string, most: number) => ({
  code: 'OPTION',
  message: `\`k\`: k = ${most + 1} is larger than the corpus: ${what}. Use at most ${most}.`,
});
const oneClass = (what: string, name = 'a') => ({
  code: 'DATA',
  message: `toy: All ${what} are of one class, "${name}": nothing to classify. Check the label column.`,
});

test('protocols: a dataset that all of them can score, but for that of words', () => {
  const ofTexts = PROTOCOLS.filter((protocol) => protocol !== 'leave-one-sentence-out');
  for (const protocol of ofTexts) check(protocol, { splits: ['train', 'train', 'train', 'dev', 'test'], ks: [1, 3] })();
  assert.throws(check('leave-one-sentence-out', {}), { code: 'OPTION', message: /toy has no tagged sentences/ });
});

test('protocols: a k as large as the corpus is the largest', () => {
  check('complete', { ks: [5] })();
  check('leave-one-out', { ks: [4] })();
  assert.throws(check('complete', { ks: [1, 6] }), tooLarge('toy has 5 texts', 5));
  assert.throws(check('leave-one-out', { ks: [5, 1] }), tooLarge('leave-one-out leaves 4 texts of toy', 4));
  assert.throws(
    check('fit-train', { ks: [4], splits: ['train', 'train', 'train', 'test', 'test'] }),
    tooLarge('the train set of toy has 3 texts', 3),
  );
});

test('protocols: a k that is no whole number from 1 on', () => {
  for (const k of [0, -1, 1.5, NaN])
    assert.throws(check('complete', { ks: [k] }), {
      code: 'OPTION',
      message: `\`k\`: Invalid number of neighbours: ${k}. Use whole numbers from 1.`,
    });
});

test('protocols: an empty dataset', () =>
  assert.throws(check('complete', { labels: [] }), {
    code: 'DATA',
    message: 'toy: The dataset is empty. Check the file and the column names.',
  }));

test('protocols: a corpus of one class', () => {
  assert.throws(check('complete', { labels: [0, 0, 0] }), oneClass('3 texts of the corpus'));
  assert.throws(check('fit-train', { labels: [1, 1, 0], splits: ['train', 'train', 'test'] }), oneClass('2 texts of the train set', 'b'));
  check('complete', { labels: [1, 1, 0], splits: ['train', 'train', 'test'] })();
});

test('protocols: one first label, several labels', () => {
  const sets = { labels: [0, 0, 0], labelSets: [[0], [0, 1], [0]] };
  check('complete', { ...sets, mode: 'all' })();
  assert.throws(check('complete', { ...sets, mode: 'first' }), { code: 'DATA' });
});

test('protocols: fit-train needs a train set and another', () => {
  assert.throws(check('fit-train', { splits: ['dev', 'dev', 'test', 'test', 'test'] }), {
    code: 'DATA',
    message: 'toy: fit-train needs a train split, but the dataset has none. Take `protocol` complete,leave-one-out.',
  });
  assert.throws(check('fit-train', {}), {
    code: 'DATA',
    message:
      'toy: fit-train needs a dev or test split, but the dataset has only a train split. Create one with `bench split`, or take `protocol` complete,leave-one-out.',
  });
  assert.throws(check('fit-train', { ofWords: true }), { message: /take `protocol` leave-one-sentence-out\.$/ });
});
