import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halve, type HalvingParams, type Scored } from '../../src/estimators/halving.ts';
import type { Outcomes } from '../../src/statistics/outcomes.ts';

const TEXTS = 5000;
/** Deterministic per text, whatever the sample: a hash of text and encoder. */
const uniform = (text: number, salt: number) => Math.abs(Math.sin(text * 12.9898 + salt * 78.233) * 43758.5453) % 1;

interface Fake {
  readonly name: string;
  /** Fraction of correct texts. */
  readonly share: number;
  readonly textMs: number;
  readonly salt: number;
}

/** A race on a clock that only scoring advances. */
async function race(
  encoders: readonly Fake[],
  { budgetMs, slow = () => 1, texts = TEXTS }: { budgetMs: number; slow?: (at: number) => number; texts?: number },
) {
  let now = 1_000;
  const seen = new Map<string, number>();
  const score: HalvingParams<Scored>['score'] = async (name, n, deadline) => {
    const { share, textMs, salt } = encoders.find((each) => each.name === name)!;
    const took = (100 + textMs * (n - (seen.get(name) ?? 0))) * slow(now);
    if (now + took > deadline) {
      now = Math.max(now, deadline);
      return 'late';
    }
    now += took + 10;
    seen.set(name, n);
    const truth = new Int32Array(n);
    const predicted = Int32Array.from({ length: n }, (_, i) => Number(uniform(i + 1, salt) >= share));
    const outcomes: Outcomes = { kind: 'single', truth, predicted, classes: 2 };
    return { score: predicted.filter((each) => each === 0).length / n, outcomes, fixedMs: 100, estimateMs: 10 };
  };
  return halve({ names: encoders.map(({ name }) => name), texts, smallest: 200, budgetMs, clock: () => now, score });
}

const fake = (name: string, share: number, salt: number, textMs = 2): Fake => ({ name, share, textMs, salt });
const FIELD = [fake('poor', 0.5, 1), fake('good', 0.78, 2), fake('best', 0.82, 3), fake('fair', 0.7, 4)];

test('halving: the best is kept, the clearly worse is eliminated in the first round, the time is kept to', async () => {
  for (const budgetMs of [5_000, 10_000, 20_000, 60_000]) {
    const { candidates, rounds, ms } = await race(FIELD, { budgetMs });
    assert.equal(candidates[0]!.name, 'best');
    const poor = candidates.find(({ name }) => name === 'poor')!;
    assert.deepEqual([poor.round, poor.texts, poor.eliminated?.why], [1, 200, 'worse']);
    assert.ok(poor.eliminated!.p! < 0.05);
    assert.ok(ms <= budgetMs, `${ms} of ${budgetMs}`);
    assert.deepEqual(rounds[0], { texts: 200, encoders: 4 });
    assert.ok(rounds.every(({ texts, encoders }, i) => i === 0 || (texts > rounds[i - 1]!.texts && encoders <= rounds[i - 1]!.encoders)));
  }
});

test('halving: more time, more texts for those that are left', async () => {
  const texts = [];
  for (const budgetMs of [4_000, 8_000, 16_000]) {
    texts.push((await race([fake('a', 0.8, 5), fake('b', 0.8, 6)], { budgetMs })).candidates[0]!.texts);
  }
  assert.deepEqual(
    texts.toSorted((a, b) => a - b),
    texts,
  );
  assert.ok(texts[0]! > 400 && texts[2]! > 3000, texts.join());
});

test('halving: nothing tied is eliminated by the test; where time lasts for all texts, nothing is eliminated', async () => {
  const tied = [1, 2, 3, 4, 5, 6].map((salt) => fake(`tied-${salt}`, 0.75, salt));
  const enough = await race(tied, { budgetMs: 1_000_000 });
  assert.ok(enough.candidates.every(({ eliminated, texts }) => eliminated === undefined && texts === TEXTS));
  const short = await race(tied, { budgetMs: 20_000 });
  assert.ok(short.candidates.every(({ eliminated }) => eliminated?.why !== 'worse'));
  assert.ok(short.candidates.some(({ eliminated }) => eliminated?.why === 'time'));
  assert.ok(short.candidates.filter(({ eliminated }) => eliminated === undefined).length >= 2);
});

test('halving: equal clocks, equal decisions', async () => {
  assert.deepEqual(await race(FIELD, { budgetMs: 9_000 }), await race(FIELD, { budgetMs: 9_000 }));
});

test('halving: a budget that is too small scores all on the smallest sample, once', async () => {
  const { candidates, rounds } = await race([fake('a', 0.8, 5), fake('b', 0.8, 6), fake('c', 0.8, 7)], { budgetMs: 10 });
  assert.deepEqual(rounds, [{ texts: 200, encoders: 3 }]);
  assert.ok(candidates.every(({ texts, eliminated }) => texts === 200 && eliminated === undefined));
});

test('halving: a machine that becomes slow ends the round, and what was known before counts', async () => {
  const { candidates, ms, unfinished } = await race([fake('a', 0.8, 5), fake('b', 0.8, 6)], {
    budgetMs: 5_000,
    slow: (now) => (now > 3_000 ? 50 : 1),
  });
  assert.ok(unfinished);
  assert.ok(ms <= 5_000 * 1.05 + 1, `${ms}`);
  assert.equal(new Set(candidates.map(({ texts }) => texts)).size, 1);
});

test('halving: what fails is left out, estimators without classes eliminate for time alone', async () => {
  let now = 0;
  const score = async (name: string, n: number): Promise<Scored | 'failed'> => {
    now += n;
    return name === 'broken' ? 'failed' : { score: name.length, outcomes: undefined, fixedMs: 0, estimateMs: 0 };
  };
  const { candidates } = await halve({
    names: ['a', 'bbb', 'broken', 'cc', 'dddd'],
    texts: 4000,
    smallest: 200,
    budgetMs: 6000,
    clock: () => now,
    score,
  });
  assert.deepEqual(
    candidates.map(({ name }) => name),
    ['dddd', 'bbb', 'cc', 'a'],
  );
  assert.ok(candidates.every(({ eliminated }) => eliminated === undefined || (eliminated.why === 'time' && eliminated.p === undefined)));
});

test('halving: who was scored on all texts is not eliminated for want of time', async () => {
  let now = 0;
  const score: HalvingParams<Scored>['score'] = async (_, n) => {
    const estimateMs = 200 * (n / 200) ** 1.5;
    now += estimateMs;
    return { score: 0.5, outcomes: undefined, fixedMs: 0, estimateMs };
  };
  for (const budgetMs of [9_000, 14_000]) {
    now = 0;
    const { candidates, rounds } = await halve({
      names: ['a', 'b', 'c', 'd'],
      texts: 800,
      smallest: 200,
      budgetMs,
      clock: () => now,
      score,
    });
    assert.equal(rounds.at(-1)!.texts, 800);
    assert.deepEqual(
      candidates.filter(({ eliminated }) => eliminated !== undefined),
      [],
    );
  }
});

test('halving: the rounds share the level, however many they are', async () => {
  // p of the worse is 0.03 in each round: above half of 0.05, the threshold of the first.
  const truth = new Int32Array(200);
  const of = (wrong: number) => ({
    kind: 'single' as const,
    truth,
    predicted: Int32Array.from(truth, (_, i) => Number(i < wrong)),
    classes: 2,
  });
  let now = 0;
  const { candidates } = await halve({
    names: ['a', 'b'],
    texts: 200,
    smallest: 200,
    budgetMs: 1e6,
    clock: () => now++,
    score: async (name) => ({ score: name === 'a' ? 1 : 0.97, outcomes: of(name === 'a' ? 0 : 6), fixedMs: 0, estimateMs: 1 }),
  });
  assert.deepEqual(
    candidates.map(({ eliminated }) => eliminated),
    [undefined, undefined],
  );
});
