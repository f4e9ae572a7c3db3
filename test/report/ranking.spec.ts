import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RankedEncoder } from '../../src/estimators/ranked.ts';
import { renderRanking } from '../../src/report/ranking.ts';
import { NO_TITLES } from '../../src/report/titles.ts';

const OTHERS = ['hscore', 'logme', 'silhouette'];
const encoder = (name: string, score: number): RankedEncoder => ({
  encoder: name,
  poolings: [
    {
      pooling: 'layermean',
      layers: '0..L',
      estimates: [{ estimator: 'leep', score }, ...OTHERS.map((estimator) => ({ estimator, score: 0.1 }))],
    },
  ],
  curve: [],
  texts: 600,
  sample: '',
  parameters: 22_600_000,
  textMs: 1.5,
  tokensPerSecond: 900,
  memoryBytes: 9e7,
  cut: 0,
});
const shown = (scores: readonly number[], width?: number): string =>
  renderRanking({
    rankings: [
      { dataset: 'tickets', by: 'leep', encoders: scores.map((score, at) => encoder(`paraphrase-multilingual-MiniLM-L12-v${at}`, score)) },
    ],
    titles: NO_TITLES,
    format: 'table',
    tty: width !== undefined,
    width,
  });

test('ranking: what bars start at is said where there are bars', () => {
  const text = shown([1, 0.55, 0.1]);
  // The worst has a tenth of the longest bar.
  assert.match(text, / ██████████ +1\.0000 /);
  assert.match(text, / █████▌ +0\.5500 /);
  assert.match(text, / █ +0\.1000 /);
  assert.match(text, /^Bars start at LEEP 0\.0000, not at 0\.$/m);
  assert.doesNotMatch(shown([1, 0.5], 120), /Bars|█/);
  assert.doesNotMatch(shown([1, 1]), /Bars|█/);
});

test('ranking: other estimators go before a name is cut', () => {
  for (const width of [80, 120, 200]) {
    const text = shown([1, 0.5], width);
    assert.ok(text.split('\n').every(({ length }) => length <= width));
    assert.match(text, /│ paraphrase-multilingual-MiniLM-L12-v1 │/);
  }
  assert.match(shown([1, 0.5], 120), /│ paraphrase-multilingual-MiniLM-L12-v0 │ layermean 0\.\.L │ 1\.0000 │/);
});
