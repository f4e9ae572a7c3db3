import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageTitle } from '../../../src/report/html/page-title.ts';
import { verdictsOf } from '../../../src/report/html/verdicts.ts';
import { NO_TITLES } from '../../../src/report/titles.ts';
import { headlines } from '../../../src/report/verdict/headlines.ts';
import { rankedEstimates, rankedResults } from '../../../src/report/verdict/ranked-lists.ts';
import type { EstimateRow } from '../../../src/results/estimates.ts';
import type { Outcomes } from '../../../src/statistics/outcomes.ts';
import { row } from '../../results/rows.ts';

test('page title: up to three datasets by name, more are counted', () => {
  assert.equal(pageTitle(['a']), 'a');
  assert.equal(pageTitle(['a', 'b', 'c']), 'a, b and c');
  assert.equal(pageTitle(['a', 'b', 'c', 'd']), 'a, b and 2 more datasets');
});

const labels = Int32Array.of(0, 0, 0, 1);
const single: Outcomes = { kind: 'single', truth: labels, predicted: labels, classes: 2 };
const rows = ['a', 'b'].map((encoder, at) =>
  row({ encoder, dataset: 'd', micro_f1: String(90 - at), n: '4', data_hash: 'h', sample: 'stratified 4 of 9, seed 1' }),
);

test('verdicts: the sentence, and the texts it is about', () => {
  const rankings = rankedResults(rows, () => 'no predictions');
  const [verdict, ...more] = verdictsOf({
    heads: headlines(rankings),
    rankings,
    titles: NO_TITLES,
    rows,
    outcomes: () => single,
    known: () => undefined,
  });
  assert.deepEqual(more, []);
  const { sentence, ...facts } = verdict!;
  assert.match(sentence, /^a \(mean\) scores highest on d: micro-F1 90/);
  assert.deepEqual(facts, { list: 0, items: 4, unit: 'text', sample: 'stratified 4 of 9, seed 1', classes: 2, baseline: 75 });
});

test('verdicts: of other texts, and where predictions are not known, nothing is said', () => {
  const rankings = rankedResults(rows, () => 'no predictions');
  for (const params of [
    { rows, outcomes: () => undefined },
    { rows: rows.map((each) => ({ ...each, data_hash: 'other' })), outcomes: () => single },
  ]) {
    const [verdict] = verdictsOf({ heads: headlines(rankings), rankings, titles: NO_TITLES, known: () => undefined, ...params });
    assert.deepEqual([verdict!.classes, verdict!.baseline], [undefined, undefined]);
  }
});

const majorityKnown = (): { classes: number; baseline: number } => ({ classes: 2, baseline: 75 });

test('verdicts: of estimates, a share only where the score is one', () => {
  const estimate = {
    encoder: 'a',
    dataset: 'd',
    pooling: 'mean',
    layers: 'last',
    score: '0.5',
    low: '',
    high: '',
    n: '4',
    data_hash: 'h',
    label_field: '',
    labels: '',
    sample: '',
    task: '',
  };
  for (const [more, baseline] of [
    [{ estimator: 'logme' }, undefined],
    [{ estimator: 'linear-probe', score: '50', low: '40', high: '60' }, 75],
  ] as const) {
    const rankings = rankedEstimates([{ ...estimate, ...more } as EstimateRow]);
    const [verdict] = verdictsOf({
      heads: headlines(rankings),
      rankings,
      titles: NO_TITLES,
      rows: [],
      outcomes: () => undefined,
      known: majorityKnown,
    });
    assert.deepEqual([verdict!.classes, verdict!.baseline], [2, baseline], more.estimator);
  }
});

test('verdicts: no name turns the direction of the sentence', () => {
  const hostile = [row({ encoder: 'a\u202Eb', dataset: 'd', micro_f1: '90', n: '4' })];
  const rankings = rankedResults(hostile, () => 'no predictions');
  const [verdict] = verdictsOf({
    heads: headlines(rankings),
    rankings,
    titles: NO_TITLES,
    rows: hostile,
    outcomes: () => undefined,
    known: () => undefined,
  });
  assert.match(verdict!.sentence, /^ab \(mean\) scores micro-F1/);
});
