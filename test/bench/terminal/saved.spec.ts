import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saySaved } from '../../../bench/terminal/saved.ts';

test('what was saved: a correlation that is none is no 0, and no training is preferred for it', () => {
  const lines: string[] = [];
  const none = { metric: 'Spearman', score: null, low: null, high: null };
  const next = saySaved({ err: { write: (line: string) => lines.push(line) > 0 } as unknown as NodeJS.WriteStream }, [
    {
      folder: 'flat',
      scores: [
        { split: 'test', ...none },
        { split: 'dev', ...none },
      ],
    },
    {
      folder: 'own',
      scores: [
        { split: 'test', metric: 'Spearman', score: 0.25, low: -0.5, high: 0.75 },
        { split: 'dev', metric: 'Spearman', score: -0.125, low: -0.5, high: 0.5 },
      ],
    },
  ]);
  assert.equal(
    lines.join(''),
    'Saved: flat, no Spearman on test, where numbers or predictions are all the same\nSaved: own, Spearman 0.2500 on test [-0.5000, 0.7500]\n',
  );
  assert.deepEqual(next, ['predict', '--model', 'own', '--input', 'FILE']);
});
