import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choice, ChosenCandidate } from '../../src/choosing/choice.ts';
import { choiceRows } from '../../src/report/choice-rows.ts';
import { choiceNotes, choiceSentence } from '../../src/report/choice-words.ts';
import { NO_TITLES } from '../../src/report/titles.ts';

const candidate = (encoder: string, more: Partial<ChosenCandidate> = {}): ChosenCandidate => ({
  encoder,
  prompt: '',
  standing: 'dropped',
  trainings: [],
  cost: 0,
  chance: 0.1,
  ...more,
});

const CHOICE: Choice = {
  dataset: 'tickets',
  objective: 'classic',
  score: 'microF1',
  texts: { train: 1000, dev: 100, test: 200 },
  estimator: 'knn',
  budget: { unit: 'ms', amount: 60_000, spent: 55_000, screen: 5000 },
  rounds: [],
  candidates: [
    candidate('large', { standing: 'chosen', trainings: [{ round: 1, size: 400, seed: 1, score: 0.8, cost: 50_000 }] }),
    candidate('small', { dropped: { why: 'time', round: 0, best: 'large' } }),
  ],
  trainedOn: 400,
  test: { score: 0.81, low: 0.75, high: 0.86, n: 200 },
  seeds: [1],
  seed: 1,
  claim: { chance: 0.1, margin: 0.005, each: {} } as unknown as Choice['claim'],
};

test('choice: a winner that was trained on a part of train is said to be, with what all of it would take', () => {
  assert.equal(
    choiceSentence(CHOICE, NO_TITLES),
    'Fine-tune large: 81.0 on test [75.0, 86.0], trained on 400 of 1000 texts; the probability that the other is better by more than half a point is about 10%.',
  );
  const notes = choiceNotes(CHOICE, NO_TITLES);
  assert.ok(
    notes.includes(
      'The budget was too small to train large on all of train: trained on all 1000 texts, which takes about 125.0 s for that alone, ' +
        'it is expected to score better than this.',
    ),
    notes.join('\n'),
  );
  assert.ok(notes.includes('Dropped by the budget: small.'));
});

test('choice: of tags sentences are counted', () => {
  const ofTags: Choice = { ...CHOICE, score: 'spanF1', budget: { unit: 'passes', amount: 5000, spent: 4000, screen: 1000 } };
  assert.match(choiceSentence(ofTags, NO_TITLES), /, trained on 400 of 1000 sentences; /);
  assert.deepEqual(choiceNotes(ofTags, NO_TITLES).slice(0, 3), [
    'Span F1 on 100 sentences of dev, trained on parts of 1000; test (200 sentences) was scored once, with the winner.',
    'Budget: 5000 passes of sentences; used: 4000, of which 1000 for the frozen scores.',
    'The budget was too small to train large on all of train: trained on all 1000 sentences, which takes about 125000 passes of sentences for that alone, ' +
      'it is expected to score better than this.',
  ]);
});

/** Training runs with a test score: encoder, texts of train, texts of test. */
const tested = (choice: Choice) =>
  choiceRows(choice)
    .filter(({ test: score }) => score !== '')
    .map(({ encoder, train, test_n: n }) => [encoder, train, n]);

test('choice: the test score is shown with its training run, on a part of train too', () => {
  assert.deepEqual(tested(CHOICE), [['large', '400', '200']]);
  assert.deepEqual(tested({ ...CHOICE, trainedOn: 1000 }), []);
});

test('choice: of one that was trained on all of train nothing of that is said', () => {
  const whole = { ...CHOICE, trainedOn: 1000 };
  assert.match(choiceSentence(whole, NO_TITLES), /86\.0\]; the probability/);
  assert.ok(!choiceNotes(whole, NO_TITLES).some((note) => /all of train:/.test(note)));
});

/** What is reported as undecided if these are left with the winner. */
function undecided(more: readonly ChosenCandidate[]): string | undefined {
  const notes = choiceNotes({ ...CHOICE, candidates: [CHOICE.candidates[0]!, ...more] }, NO_TITLES);
  return notes.find((note) => note.startsWith('Undecided'));
}

test('choice: candidates left with the winner are listed as trained or not trained', () => {
  const tied = [
    candidate('a', { standing: 'tied', trainings: [{ round: 1, size: 1000, seed: 1, score: 0.79, cost: 1 }] }),
    candidate('b', { standing: 'tied' }),
  ];
  assert.equal(
    undecided(tied),
    'Undecided: a is not significantly different from the winner on dev; b was not trained, as the budget ran out.',
  );
  assert.equal(undecided([tied[1]!]), 'Undecided: b was not trained, as the budget ran out.');
});
