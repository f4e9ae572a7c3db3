import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPLITS, type Split } from '../../src/datasets/dataset.ts';
import { heldOutFrom, SPLIT_SHARES, withMissingSplits } from '../../src/datasets/missing-splits.ts';
import { toy } from '../knn/toy.ts';

/** A corpus with the given number of texts in each split. */
function corpus(sizes: Partial<Record<Split, number>>) {
  const splits = SPLITS.flatMap((split) => Array<Split>(sizes[split] ?? 0).fill(split));
  return toy({ labels: splits.map((_, i) => i % 2), splits });
}

/** Texts of each split, after missing splits were held out. */
function cut(sizes: Partial<Record<Split, number>>, shares = SPLIT_SHARES): number[] {
  const { split } = withMissingSplits(corpus(sizes), { ...shares, seed: 1 });
  return SPLITS.map((_, i) => split.filter((each) => each === i).length);
}

test('missing splits: a tenth of train is test, and of what is left dev, where there is none', () => {
  assert.deepEqual(cut({ train: 100 }), [81, 9, 10]);
  assert.deepEqual(cut({ train: 100, test: 7 }), [90, 10, 7]);
  assert.deepEqual(cut({ train: 100, dev: 7 }), [90, 7, 10]);
  const whole = corpus({ train: 100, dev: 1, test: 1 });
  assert.equal(withMissingSplits(whole, { ...SPLIT_SHARES, seed: 1 }), whole);
  assert.equal(withMissingSplits(corpus({ train: 100 }), { ...SPLIT_SHARES, seed: 3 }).sample, 'test 10 of train, dev 9 of train, seed 3');
});

test('missing splits: a corpus too small to be cut is refused, by what it lacks', () => {
  assert.throws(() => cut({ train: 4 }), {
    code: 'DATA',
    message:
      'toy: It has no test set, and its 4 texts to train on are too few to cut one of 0.1 of them. Give more texts, a test set, or change `testShare`.',
  });
  assert.throws(() => cut({ train: 4, test: 9 }), {
    code: 'DATA',
    message:
      'toy: It has no dev set, and its 4 texts to train on are too few to cut one of 0.1 of them. Give more texts, a dev set, or change `devShare`.',
  });
  assert.throws(() => cut({ train: 1 }, { test: 0.9, dev: 0.9 }), {
    code: 'DATA',
    message:
      'toy: It has no test set, and its 1 text to train on is too few to cut one of 0.9 of them. Give more texts, a test set, or change `testShare`.',
  });
  assert.throws(() => cut({ dev: 4 }), {
    code: 'DATA',
    message: 'toy: No train split. Give a dataset with a train split, or a `splitColumn` with the value train.',
  });
  assert.throws(() => cut({ train: 9 }, { test: 1, dev: 0.1 }), {
    code: 'OPTION',
    message: '`testShare`: It takes a number above 0 and below 1, got 1.',
  });
});

test('missing splits: copies of a text are in one part, which is said; without copies nothing changes', () => {
  const plain = corpus({ train: 100 });
  const [once, as] = [true, false].map((together) => withMissingSplits(plain, { ...SPLIT_SHARES, seed: 1, together }));
  assert.deepEqual(once, as);
  const twice = { ...plain, texts: plain.texts.map((_, row) => `${' '.repeat(row % 3)}text ${row % 50}`) };
  const { split, sample, hash } = withMissingSplits(twice, { ...SPLIT_SHARES, seed: 1 });
  for (let row = 0; row < 50; row++) assert.equal(split[row], split[row + 50]);
  const sizes = ['test', 'dev'].map((name) => split.filter((each) => SPLITS[each] === name).length);
  assert.equal(sample, `test ${sizes[0]} of train, dev ${sizes[1]} of train, duplicates together, seed 1`);
  assert.ok(Math.abs(sizes[0]! - 10) <= 1 && Math.abs(sizes[1]! - 9) <= 1, sample);
  // As in earlier results: the same draw, without regard to duplicates.
  const apart = withMissingSplits(twice, { ...SPLIT_SHARES, seed: 1, together: false });
  assert.deepEqual([apart.split, apart.sample], [once!.split, 'test 10 of train, dev 9 of train, seed 1']);
  assert.notEqual(apart.hash, hash);
  assert.deepEqual(
    [heldOutFrom(sample), heldOutFrom(apart.sample), heldOutFrom('')],
    [{ seed: 1, together: true }, { seed: 1, together: false }, undefined],
  );
});

test('missing splits: texts that are all the same cannot be cut', () => {
  const same = { ...corpus({ train: 30, dev: 4 }), texts: Array<string>(34).fill('x') };
  assert.throws(() => withMissingSplits(same, { ...SPLIT_SHARES, seed: 1 }), {
    code: 'DATA',
    message: 'toy: It has no test set, and its 30 training texts are all identical. Give more texts, or a test split.',
  });
});
