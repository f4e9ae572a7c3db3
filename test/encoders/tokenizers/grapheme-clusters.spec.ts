import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphemeClusters } from '../../../src/encoders/tokenizers/grapheme-clusters.ts';

test('grapheme clusters: marks, joiners and flags stay with what they belong to', () => {
  assert.deepEqual([...graphemeClusters('e\u0301x\r\n👨\u200d👩🇩🇪🇫🇷')], ['e\u0301', 'x', '\r\n', '👨\u200d👩', '🇩🇪', '🇫🇷']);
  assert.deepEqual([...graphemeClusters('')], []);
});

test('grapheme clusters: are the same at whatever place of a long text they stand', () => {
  const cluster = 'a\u{1D165}\u0301';
  for (let before = 50; before < 70; before++) {
    const text = 'b'.repeat(before) + cluster.repeat(60) + '🇩🇪'.repeat(40);
    const expected = [...'b'.repeat(before), ...Array<string>(60).fill(cluster), ...Array<string>(40).fill('🇩🇪')];
    assert.deepEqual([...graphemeClusters(text)], expected, `${before} characters before`);
  }
});

test('grapheme clusters: one of many thousand marks is one', () => {
  const long = `a${'\u0301'.repeat(100_000)}`;
  assert.deepEqual(
    [...graphemeClusters(`x${long}bc`)].map(({ length }) => length),
    [1, 100_001, 1, 1],
  );
});
