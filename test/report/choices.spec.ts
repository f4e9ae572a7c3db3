import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choice, ChosenCandidate } from '../../src/choosing/choice.ts';
import { choicesText } from '../../src/report/choices.ts';
import { NO_TITLES } from '../../src/report/titles.ts';

const screened = { score: 0.8, texts: 400, pooling: 'mean', bestLayer: '3' };
const training = (round: number, size: number, score: number) => ({ round, size, seed: 1, score, cost: 1000 });
const candidate = (encoder: string, more: Partial<ChosenCandidate>): ChosenCandidate => ({
  encoder,
  prompt: '',
  standing: 'dropped',
  trainings: [],
  cost: 2000,
  chance: 0.1,
  screened,
  ...more,
});

const CHOICE: Choice = {
  dataset: 'tickets',
  objective: 'classic',
  score: 'microF1',
  texts: { train: 486, dev: 54, test: 60 },
  estimator: 'knn',
  budget: { unit: 'ms', amount: 60_000, spent: 55_000, screen: 5000 },
  rounds: [
    { round: 1, size: 162, seed: 1, candidates: [], dropped: [], unfinished: false },
    { round: 2, size: 486, seed: 1, candidates: [], dropped: [], unfinished: false },
  ] as unknown as Choice['rounds'],
  candidates: [
    candidate('bge-small-en-v1.5', { standing: 'chosen', trainings: [training(1, 162, 0.8), training(2, 486, 0.9)] }),
    candidate('all-MiniLM-L6-v2', { standing: 'tied', trainings: [training(1, 162, 0.79), training(2, 486, 0.89)] }),
    candidate('e5-small-v2', { standing: 'tied' }),
    candidate('electra-small', { trainings: [training(1, 162, 0.2)], dropped: { why: 'worse', round: 1, p: 0.00001 } }),
  ],
  trainedOn: 486,
  test: { score: 0.81, low: 0.75, high: 0.86, n: 60 },
  seeds: [1],
  seed: 1,
  claim: { chance: 0.1, margin: 0.005, each: {} } as unknown as Choice['claim'],
};

const shown = (width: number): string => choicesText({ choices: [CHOICE], titles: NO_TITLES, tty: true, width });

test('choice: on a narrow terminal the dev scores of the last round stay, the frozen ones go', () => {
  const text = shown(80);
  assert.match(text, /│ Encoder +│ Outcome +│ 486 texts │ Better by > 0\.5 │/);
  assert.match(text, /│ bge-small-en-v1\.5 +│ chosen +│ +90\.00 │/);
  assert.match(text, /round 1: worse, p < 0\.0001/);
  assert.match(text, /^Not shown at this width: Frozen \(k-NN\), Best layer, 162 texts and Seconds;/m);
  for (const width of [80, 120, 200])
    assert.ok(
      shown(width)
        .split('\n')
        .every(({ length }) => length <= width),
    );
  assert.match(shown(200), /Frozen \(k-NN\) │ Best layer │ 162 texts │ 486 texts/);
});

test('choice: an encoder for which the budget did not last was not trained, which is no tie', () => {
  assert.match(shown(80), /│ e5-small-v2 +│ not trained \(budget\) +│ +– │/);
  assert.match(shown(80), /│ all-MiniLM-L6-v2 +│ tied /);
});
