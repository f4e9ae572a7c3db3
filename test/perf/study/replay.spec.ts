import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choicesOf, highest, replay } from '../../../perf/study/report/replay.ts';
import type { Cell, Trained } from '../../../perf/study/report/trained.ts';
import type { ClassOutcomes } from '../../../src/statistics/outcomes.ts';

const TEXTS = 200;
const HELD = { dev: TEXTS, test: 100 };
const SIZES = [125, 250, 500, 1000];
/** Correct of 200 dev texts, by training size; test scores in points. */
const ENCODERS: Readonly<Record<string, { readonly dev: readonly number[]; readonly test: number }>> = {
  small: { dev: [90, 100, 110, 120], test: 60 },
  good: { dev: [120, 140, 160, 180], test: 90 },
  near: { dev: [118, 138, 158, 177], test: 89.8 },
};
const names = Object.keys(ENCODERS);
const cell: Cell = { dataset: 'x', objective: 'classic', encoders: names, seeds: [1, 2], score: (encoder) => ENCODERS[encoder]!.test };
const trained: Trained[] = names.flatMap((encoder) =>
  SIZES.flatMap((train, at) =>
    (train === 1000 ? [1, 2] : [1]).map((seed) => ({
      encoder,
      dataset: 'x',
      objective: 'classic',
      lr: 1e-4,
      epochs: 3,
      seed,
      train,
      dev: ENCODERS[encoder]!.dev[at]! / 2,
      test: ENCODERS[encoder]!.test,
      texts: 0,
      seconds: train / 100,
    })),
  ),
);

function outcomes({ encoder, train }: Pick<Trained, 'encoder' | 'train'>): ClassOutcomes {
  const right = ENCODERS[encoder]!.dev[SIZES.indexOf(train)]!;
  // Which texts are correct differs between encoders, as in reality.
  const start = names.indexOf(encoder) * 7;
  const predicted = Int32Array.from({ length: TEXTS }, (_, text) => Number((text + start) % TEXTS >= right));
  return { kind: 'single', truth: new Int32Array(TEXTS), predicted, classes: 2 };
}

const asked = { cell, encoders: names, trained, outcomes, frozen: () => undefined, unit: 'seconds' as const, held: HELD };

test('replay: with what all trainings cost it finds the best, or one within half a point', async () => {
  const found = await replay({ ...asked, budget: 60 });
  assert.ok(found !== undefined && ['good', 'near'].includes(found.winner));
  assert.equal(found.better, false);
  assert.ok(found.spent <= 60);
});

test('replay: a budget for less than a training on all texts takes what the screen says is first, and spends more', async () => {
  const found = await replay({ ...asked, frozen: (encoder) => (encoder === 'small' ? 1 : 0), budget: 1 });
  assert.deepEqual([found?.winner, found?.better], ['small', true]);
  assert.ok(found!.spent >= 10);
});

test('replay: the same records give the same race; without one that every race asks for there is none', async () => {
  assert.deepEqual(await replay({ ...asked, budget: 25 }), await replay({ ...asked, budget: 25 }));
  const without = trained.filter(({ encoder, train }) => encoder !== 'near' || train !== 1000);
  assert.equal(await replay({ ...asked, trained: without, budget: 25 }), undefined);
});

test('choices: the best, those within half a point, what is lost on the mean and at the worst; a tie is each as likely', () => {
  const of = (...chosen: string[]) => ({ cell, encoders: names, chosen });
  assert.deepEqual(choicesOf([of('good'), of('near'), of('small', 'good')].map((choice) => choice)), {
    best: (1 + 0 + 0.5) / 3,
    near: (1 + 1 + 0.5) / 3,
    regret: (0 + (90 - 89.8) + 15) / 3,
    worst: 30,
    choices: 3,
  });
  assert.deepEqual(
    highest(names, (encoder) => ENCODERS[encoder]!.test),
    ['good'],
  );
  assert.deepEqual(
    highest(names, () => undefined),
    names,
  );
});
