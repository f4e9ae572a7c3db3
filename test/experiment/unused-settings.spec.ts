import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unusedInTraining, unusedSettings } from '../../src/experiment/unused-settings.ts';

const texts = { task: 'classification', seconds: undefined } as const;
const pairs = { task: 'regression', seconds: ['a'] } as const;
const words = { task: 'token-classification', seconds: undefined } as const;

const named = (lines: readonly string[]) => lines.map((line) => /`(\w+)`/.exec(line)?.[1]);

test('settings that do nothing are said, once for all datasets', () => {
  const all = { pairs: ['joint'], wordPoolings: ['mean'], wordsPerClass: 9, index: 'hnsw' } as const;
  assert.deepEqual(named(unusedSettings(all, [texts])), ['pair', 'wordPooling', 'wordsPerClass']);
  assert.deepEqual(named(unusedSettings(all, [texts, pairs])), ['wordPooling', 'wordsPerClass']);
  assert.deepEqual(named(unusedSettings(all, [pairs, words])), ['index']);
  assert.deepEqual(named(unusedSettings({ ...all, index: 'hnswlib' }, [words])), ['pair', 'index']);
  assert.deepEqual(unusedSettings({ ...all, index: 'auto' }, [pairs, words]), []);
  assert.deepEqual(unusedSettings({ index: 'exact' }, [texts, pairs, words]), []);
  assert.deepEqual(unusedSettings(all, []), [], 'nothing could be opened');
});

test('settings of a training that do nothing: F1 that is to choose the epoch of numbers', () => {
  const macro = { settings: { bestEpochBy: 'macro' } } as const;
  assert.deepEqual(named(unusedInTraining(macro, [pairs])), ['bestEpochBy']);
  for (const others of [[pairs, words], [texts], []]) assert.deepEqual(unusedInTraining(macro, others), []);
  assert.deepEqual(unusedInTraining({ settings: { bestEpochBy: 'micro' } }, [pairs]), []);
});
