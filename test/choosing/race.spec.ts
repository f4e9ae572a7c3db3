import assert from 'node:assert/strict';
import { test } from 'node:test';
import { race, type RaceParams } from '../../src/choosing/race.ts';
import type { Candidate, RaceResult, TrainingAsked, TrainingResult } from '../../src/choosing/types.ts';
import { share } from './outcomes.ts';

const FULL = 1000;
const named = (...names: string[]): Candidate[] => names.map((name, at) => ({ name, frozen: -at }));

interface Field {
  /** Correct texts of 1000, trained on the full training set. */
  readonly right: Readonly<Record<string, number>>;
  /** A failure in place of a training run. */
  readonly instead?: (asked: TrainingAsked) => TrainingResult | undefined;
  readonly cost?: (asked: TrainingAsked) => number;
}

async function raced(
  { right, instead, cost = ({ size }) => size }: Field,
  params: Partial<RaceParams> = {},
): Promise<RaceResult & { readonly asked: TrainingAsked[] }> {
  const asked: TrainingAsked[] = [];
  const result = await race({
    candidates: named(...Object.keys(right)),
    full: FULL,
    smallest: 50,
    seeds: [1, 2],
    budget: 3000,
    predict: (_name, size) => size,
    safety: 1,
    score: 'microF1',
    train: async (of) => {
      asked.push(of);
      const found = instead?.(of);
      if (found !== undefined) return found;
      return { kind: 'trained', outcomes: share(1000, right[of.candidate]!), cost: cost(of), measured: cost(of) };
    },
    ...params,
  });
  return { ...result, asked };
}

test('race: the best is found, the clearly worse is dropped in the first round, the budget is kept to', async () => {
  for (const budget of [1500, 3000, 6000, 12_000]) {
    const { winner, dropped, spent, finals } = await raced({ right: { fair: 800, poor: 500, best: 860, good: 840 } }, { budget });
    assert.equal(winner, 'best');
    assert.ok(spent <= budget, `${spent} of ${budget}`);
    assert.deepEqual(
      finals.map(({ size }) => size),
      finals.map(() => FULL),
    );
    if (budget > 1500) assert.deepEqual([dropped.get('poor')!.why, dropped.get('poor')!.round], ['worse', 1]);
  }
});

test('race: all train on the same texts with the same seed, on parts that grow, then the winner on all', async () => {
  const { rounds, asked } = await raced({ right: { a: 800, b: 810, c: 790, d: 805 } }, { budget: 2500 });
  assert.ok(rounds.length >= 3, String(rounds.length));
  for (const { round, size, seed, candidates } of rounds.slice(0, -1)) {
    assert.ok(round === 1 || size > rounds[round - 2]!.size);
    assert.deepEqual([seed, candidates.length > 1], [1, true]);
  }
  assert.deepEqual(rounds.at(-1)!.size, FULL);
  assert.ok(asked.filter(({ size }) => size < FULL).every(({ seed }) => seed === 1));
});

test('race: time that is left goes to those still tied, with further seeds, then to the winner', async () => {
  const { rounds, tied, finals } = await raced({ right: { a: 800, b: 802 } }, { budget: 20_000, seeds: [1, 2, 3] });
  assert.deepEqual(
    rounds.map(({ size, seed, candidates }) => [size, seed, candidates.length]),
    [
      [250, 1, 2],
      [1000, 1, 2],
      [1000, 2, 2],
      [1000, 3, 2],
    ],
  );
  assert.deepEqual([tied.length, finals.length], [1, 3]);
  const alone = await raced({ right: { a: 800, b: 400 } }, { budget: 20_000, seeds: [1, 2, 3] });
  assert.deepEqual([alone.winner, alone.finals.length, alone.tied], ['a', 3, []]);
});

test('race: one candidate is trained on all of train; so is the first where the budget lasts for nothing else', async () => {
  const one = await raced({ right: { a: 800 } }, { budget: 1000 });
  assert.deepEqual(
    one.asked.map(({ size }) => size),
    [FULL],
  );
  const starved = await raced({ right: { a: 800, b: 900, c: 900 } }, { budget: 1000 });
  assert.deepEqual(
    starved.asked.map(({ candidate, size }) => [candidate, size]),
    [['a', FULL]],
  );
  assert.equal(starved.dropped.get('c')!.why, 'time');
  assert.deepEqual(starved.tied, ['b'], 'undecided');
});

/** Trainings of these fail; `winner`: the last one of b. */
const fails =
  (...names: string[]) =>
  ({ candidate, size }: TrainingAsked): TrainingResult | undefined =>
    names.includes(candidate) || (names.includes('winner') && size === FULL && candidate === 'b')
      ? { kind: 'failed', reason: 'its loss is NaN', cost: 10 }
      : undefined;

test('race: one that fails is dropped with its reason, in a round or at the end; all of them are an error', async () => {
  const { winner, dropped } = await raced({ right: { a: 900, b: 800, c: 790 }, instead: fails('a') });
  assert.equal(winner, 'b');
  assert.deepEqual(dropped.get('a'), { why: 'failed', round: 1, reason: 'its loss is NaN' });
  const late = await raced({ right: { a: 780, b: 800, c: 790 }, instead: fails('winner') });
  assert.notEqual(late.winner, 'b');
  assert.equal(late.dropped.get('b')!.why, 'failed');
  await assert.rejects(raced({ right: { a: 900, b: 800 }, instead: fails('a', 'b') }), {
    code: 'TRAINING',
    message: 'Every candidate failed. a: its loss is NaN | b: its loss is NaN',
  });
});

test('race: where trainings take more than was predicted, what the winner takes is kept back all the same', async () => {
  for (const times of [0.3, 1, 1.5, 2.5]) {
    const { winner, spent, finals } = await raced(
      { right: { a: 800, b: 810, c: 790, d: 805 }, cost: ({ size }) => times * size },
      { budget: 4000, safety: 1.2 },
    );
    assert.ok(spent <= 4000, `${spent} at ${times}`);
    assert.ok(finals.length > 0 && winner !== '');
  }
});

test('race: one that is ended as too late, and one that is too dear, are dropped for the budget', async () => {
  const late = await raced({
    right: { a: 900, b: 800 },
    instead: ({ candidate, atMost }) => (candidate === 'a' ? { kind: 'late', cost: Math.min(100, atMost) } : undefined),
  });
  assert.deepEqual([late.winner, late.dropped.get('a')], ['b', { why: 'time', round: 1 }]);
  const dear = await raced({ right: { a: 900, b: 800 } }, { predict: (name, size) => (name === 'b' ? 9 : 1) * size });
  assert.deepEqual([dear.winner, dear.dropped.get('b')], ['a', { why: 'time', round: 0 }]);
});

/** Of one that takes nine times as much as the others. */
const ninefold = (name: string, size: number): number => (name === 'a' ? 9 : 1) * size;

test('race: one that is too dear for all of train, and expected to be clearly the best, wins, and is trained on what the budget lasts for', async () => {
  const params = {
    predict: (name: string, size: number, last = false) => ninefold(name, size) + (last && size < FULL ? 99 : 0),
    seeds: [1, 2],
  };
  const field = {
    right: { a: 900, b: 800, c: 790 },
    cost: ({ candidate, size, last }: TrainingAsked) => ninefold(candidate, size) + (last === true ? 99 : 0),
  };
  const frozen = [0.9, 0.5, 0.48];
  const candidates = named('a', 'b', 'c').map((each, at) => ({ ...each, frozen: frozen[at]! }));
  const screened = await raced(field, { ...params, candidates });
  assert.deepEqual([screened.winner, screened.size, screened.spent], ['a', 322, 2997]);
  assert.deepEqual(
    screened.asked.map(({ candidate, size, seed, last }) => [candidate, size, seed, last]),
    [['a', 322, 1, true]],
  );
  const late = { why: 'time', round: 0, best: 'a' };
  assert.deepEqual([screened.tied, screened.dropped.get('b'), screened.dropped.get('c')], [[], late, late]);
  assert.equal(screened.seed, 1);
  // No better than the others as far as known, or on too few texts to be worth it: those that the budget suffices for are raced.
  for (const other of [{ candidates: candidates.map((each) => ({ ...each, frozen: undefined })) }, { candidates, smallest: 323 }]) {
    const { winner, size, dropped } = await raced(field, { ...params, ...other });
    assert.deepEqual([winner, size, dropped.get('a')], ['b', FULL, { why: 'time', round: 0 }]);
  }
  // What is expected to fit, though not safely, is the full training set.
  const near = await raced(field, { ...params, candidates, budget: 9500, safety: 1.2 });
  assert.deepEqual([near.winner, near.size, near.spent], ['a', FULL, 9 * FULL + 99]);
  // Too expensive only after a round has shown its cost: it is trained on more texts there.
  const found = await raced(field, { ...params, predict: (_name, size) => size, candidates, budget: 9000, safety: 1.2 });
  assert.equal(found.winner, 'a');
  assert.ok(found.size < FULL && found.size > found.rounds[0]!.size, String(found.size));
  assert.ok(found.spent <= 9000);
});

test('race: those that the screen dropped are not trained', async () => {
  const candidates = named('a', 'b', 'c').map((each) =>
    each.name === 'a' ? { ...each, screened: { why: 'worse' as const, round: 0, best: 'b', p: 0.001 } } : each,
  );
  const { winner, asked, dropped } = await raced({ right: { a: 900, b: 800, c: 700 } }, { candidates });
  assert.equal(winner, 'b');
  assert.ok(!asked.some(({ candidate }) => candidate === 'a'));
  assert.equal(dropped.get('a')!.p, 0.001);
});

const bySeed =
  (scores: readonly number[]) =>
  ({ seed, size }: TrainingAsked): TrainingResult => ({
    kind: 'trained',
    outcomes: share(1000, scores[seed - 1]!),
    cost: size,
    measured: size,
  });

test('race: the seed that is best on dev is taken, of equal ones the first', async () => {
  const field = { right: { a: 0 } };
  assert.equal((await raced({ ...field, instead: bySeed([800, 820]) })).seed, 2);
  assert.equal((await raced({ ...field, instead: bySeed([820, 820]) })).seed, 1);
});

test('race: the same results are the same race', async () => {
  const [first, second] = await Promise.all([1, 2].map(() => raced({ right: { a: 800, b: 810, c: 790, d: 805 } })));
  assert.deepEqual(second, first);
});
