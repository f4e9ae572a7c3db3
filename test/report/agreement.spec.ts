import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAgreement } from '../../src/report/agreement.ts';
import { renderRanking } from '../../src/report/ranking.ts';
import { FORMATS } from '../../src/report/render.ts';
import { NO_TITLES } from '../../src/report/titles.ts';

const EVIL = 'd\u001B[31mred\u001B]0;owned\u0007\u009B2J\nend';
/** A control character other than a line end. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/;
const FOR_TERMINALS = FORMATS.filter((format) => format !== 'json');

test('agreement: no name writes over a terminal: dataset, objective, estimate', () => {
  const values = { pearson: 1, spearman: 1, kendall: 1, weightedTau: 1, regret: 0, hit: 1 };
  const tables = [
    {
      estimate: EVIL,
      objective: EVIL,
      agreements: [
        { dataset: EVIL, encoders: 3, values, intervals: undefined },
        { dataset: undefined, encoders: 3, values, intervals: undefined },
      ],
    },
  ];
  for (const format of FOR_TERMINALS) {
    const text = renderAgreement({ tables, titles: NO_TITLES, format, tty: true });
    assert.doesNotMatch(text, CONTROL, format);
    assert.match(text, /dred end/, format);
  }
});

test('agreement: of numbers it is said what a point is', () => {
  const values = { pearson: 1, spearman: 1, kendall: 1, weightedTau: 1, regret: 0, hit: 1 };
  const shown = (objective: string): string => {
    const tables = [
      { estimate: 'mean, ridge', objective, agreements: [{ dataset: undefined, encoders: 3, values, intervals: undefined }] },
    ];
    return renderAgreement({ tables, titles: NO_TITLES, format: 'markdown', tty: false });
  };
  assert.match(shown('regression'), /a point is 0\.01 of Spearman/);
  assert.doesNotMatch(shown('classic'), /Spearman's/);
});

test('ranking: no name writes over a terminal: dataset, encoder, place', () => {
  const encoder = (name: string, score: number) => ({
    encoder: name,
    poolings: [{ pooling: EVIL, layers: EVIL, estimates: [{ estimator: 'logme', score }] }],
    curve: [{ pooling: 'mean', layers: '0', estimates: [{ estimator: 'logme', score }] }],
    texts: 9,
    sample: EVIL,
    parameters: 1,
    textMs: undefined,
    tokensPerSecond: undefined,
    memoryBytes: undefined,
    cut: 0,
  });
  const rankings = [
    {
      dataset: EVIL,
      by: 'logme',
      encoders: [encoder(EVIL, 1), encoder('b', 0)],
      budget: {
        seconds: 1,
        used: 1,
        all: 9,
        rounds: [],
        dropped: [{ encoder: encoder(EVIL, 0), round: 1, why: 'worse' as const, p: undefined, best: EVIL }],
        unfinished: false,
        limited: false,
      },
    },
  ];
  for (const format of FOR_TERMINALS) {
    const text = renderRanking({ rankings, titles: NO_TITLES, format, tty: true });
    assert.doesNotMatch(text, CONTROL, format);
    assert.match(text, /dred end/, format);
  }
});
