import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceiling, comparable, ofEqualSize, predictorMeasures, together } from '../../../perf/study/report/against.ts';
import { correlations } from '../../../perf/study/report/anchors.ts';
import { chosenElsewhere, combined } from '../../../perf/study/report/fitted.ts';
import { halvesOf } from '../../../perf/study/report/halves.ts';
import { measuresOf, pairwiseAccuracy, regretOf } from '../../../perf/study/report/measures.ts';
import { rankAverage, type Predictor } from '../../../perf/study/report/predictors.ts';
import { followsOf, overSeeds, spreadsOf } from '../../../perf/study/report/spread.ts';
import { settingsOf } from '../../../perf/study/report/sweep.ts';
import { cellsOf, steadied, type Cell, type Trained } from '../../../perf/study/report/trained.ts';
import { randomNormals } from '../../../src/numeric/normals.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function training(about: Partial<Trained>): Trained {
  const made = { encoder: 'a', dataset: 'x', objective: 'classic', lr: 1e-4, epochs: 3, seed: 1, train: 1000, dev: 50, test: 50 };
  return { ...made, texts: 9900, seconds: 10, ...about };
}

/** Scores of encoders a, b, c, … on test, one list per seed. */
function cellOf(seeds: readonly (readonly number[])[], dataset = 'x'): Cell {
  const encoders = NAMES.slice(0, seeds[0]!.length);
  const score = (encoder: string, seed: number): number => seeds[seed - 1]![encoders.indexOf(encoder)]!;
  return { dataset, objective: 'classic', encoders, seeds: seeds.map((_, at) => at + 1), score };
}

/** Numbers of a, b, c, … by dataset. */
function predictorOf(name: string, values: Readonly<Record<string, readonly number[]>>): Predictor {
  return { name, texts: 1000, of: (dataset, encoder) => values[dataset]?.[NAMES.indexOf(encoder)] };
}

test('measures: predicted ties count half, equal outcomes are not counted, tied top encoders get their mean regret', () => {
  assert.equal(pairwiseAccuracy([3, 2, 2], [3, 1, 2]), 2.5 / 3);
  assert.equal(pairwiseAccuracy([1, 2, 3], [5, 5, 4]), 0);
  assert.equal(regretOf([3, 3, 1], [60, 50, 70]), 15);
  assert.deepEqual(measuresOf([1, 1, 1], [1, 2, 3]), { pairs: 0.5, tau: 0, regret: 1 });
});

test('measures: weighted tau is that of scipy 1.17', () => {
  const { tau } = measuresOf([3, 2, 2, 5, 1], [30, 25, 10, 60, 20]);
  assert.ok(Math.abs(tau - 0.8672533535445568) < 1e-12, String(tau));
});

test('halves: each way to part seeds, both ways round; none of one seed', () => {
  assert.deepEqual(halvesOf([1]), []);
  assert.deepEqual(halvesOf([1, 2]), [
    { by: [1], of: [2] },
    { by: [2], of: [1] },
  ]);
  const three = halvesOf([1, 2, 3])
    .map(({ by, of }) => `${by.join('')}|${of.join('')}`)
    .toSorted();
  assert.deepEqual(three, ['12|3', '13|2', '1|23', '2|13', '23|1', '3|12'].toSorted());
  assert.equal(halvesOf([1, 2, 3, 4]).length, 6);
});

test('ceiling: seeds that agree order each other rightly, seeds that reverse each other wrongly; of one seed there is none', () => {
  assert.deepEqual(
    ceiling(
      [
        cellOf([
          [1, 2, 3],
          [4, 5, 9],
        ]),
      ],
      together,
    ),
    { measures: { pairs: 1, tau: 1, regret: 0 }, cells: 1, pairs: undefined },
  );
  assert.deepEqual(
    ceiling(
      [
        cellOf([
          [1, 2, 3],
          [3, 2, 1],
        ]),
      ],
      together,
    ),
    { measures: { pairs: 0, tau: -1, regret: 2 }, cells: 1, pairs: undefined },
  );
  assert.equal(ceiling([cellOf([[1, 2, 3]])], together), undefined);
});

test('a prediction is compared like the ceiling: with each half of the seeds, or with the only seed', () => {
  const predictor = predictorOf('p', { x: [1, 2, 3] });
  const of = (seeds: number[][]) => predictorMeasures(predictor, [cellOf(seeds)], together)?.measures;
  assert.deepEqual(
    of([
      [1, 2, 3],
      [3, 2, 1],
    ]),
    { pairs: 0.5, tau: 0, regret: 1 },
  );
  assert.deepEqual(of([[3, 2, 1]]), { pairs: 0, tau: -1, regret: 2 });
  assert.equal(predictorMeasures(predictor, [cellOf([[3, 2, 1]], 'y')], together), undefined);
});

test('intervals are over datasets: with three that agree they have no width', () => {
  const cells = ['x', 'y', 'z'].map((dataset) =>
    cellOf(
      [
        [1, 2, 3],
        [4, 5, 9],
      ],
      dataset,
    ),
  );
  assert.deepEqual(ceiling(cells, together)?.pairs, { low: 1, high: 1 });
  const half = predictorMeasures(predictorOf('p', { x: [1, 2, 3], y: [1, 2, 3], z: [3, 2, 1] }), cells, together);
  assert.deepEqual([half?.measures.pairs, half?.pairs], [2 / 3, { low: 0, high: 1 }]);
});

test('only cells with a ceiling are compared if three datasets have one', () => {
  const [several, one] = [
    ['x', 'y', 'z'].map((dataset) =>
      cellOf(
        [
          [1, 2, 3],
          [4, 5, 9],
        ],
        dataset,
      ),
    ),
    cellOf([[1, 2, 3]], 'w'),
  ];
  assert.deepEqual(comparable([...several, one]), several);
  assert.deepEqual(comparable([several[0]!, one]), [several[0]!, one]);
});

test('encoders of equal size: chains of a tenth more', () => {
  const groups = ofEqualSize(
    new Map([
      ['a', 100],
      ['b', 210],
      ['c', 108],
      ['d', 115],
      ['e', 400],
    ]),
  );
  assert.deepEqual(groups(NAMES), [['a', 'c', 'd']]);
});

const abc = (): string[] => ['a', 'b', 'c'];

test('rank averages: equal ones have the mean of their ranks; nothing is said where one says nothing', () => {
  const [p, q] = [predictorOf('p', { x: [10, 20, 20] }), predictorOf('q', { x: [3, 2, 1] })];
  const both = rankAverage([p, q], abc);
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => both.of('x', name)),
    [0.5, 0.625, 0.375],
  );
  assert.equal(both.of('y', 'a'), undefined);
  assert.deepEqual(
    combined([p], q, abc).map(({ name }) => name),
    ['p + q, 25 : 75', 'p + q, 50 : 50', 'p + q, 75 : 25'],
  );
});

test('chosen elsewhere: what is right on the others, though it be wrong here', () => {
  const [p, q] = [
    predictorOf('p', { x: [3, 2, 1], y: [1, 2, 3], z: [1, 2, 3] }),
    predictorOf('q', { x: [1, 2, 3], y: [3, 2, 1], z: [3, 2, 1] }),
  ];
  const cells = ['x', 'y', 'z'].map((dataset) => cellOf([[1, 2, 3]], dataset));
  const chosen = chosenElsewhere('chosen', [p, q], cells, together);
  assert.deepEqual(
    ['x', 'y'].map((dataset) => chosen.of(dataset, 'a')),
    [3, 1],
  );
});

function withSeeds(dataset: string, seeds: Readonly<Record<string, number>>): Trained[] {
  return Object.entries(seeds).flatMap(([encoder, count]) =>
    Array.from({ length: count }, (_, at) => training({ dataset, encoder, seed: at + 1 })),
  );
}

test('cells: the seeds that three encoders have in common; two encoders are none', () => {
  const cells = cellsOf([
    ...withSeeds('x', { a: 3, b: 2, c: 2, d: 1 }),
    ...withSeeds('y', { a: 1, b: 1, c: 1, d: 2 }),
    ...withSeeds('z', { a: 3, b: 3 }),
  ]);
  assert.deepEqual(
    cells.map(({ dataset, encoders, seeds }) => ({ dataset, encoders, seeds })),
    [
      { dataset: 'x', encoders: ['a', 'b', 'c'], seeds: [1, 2] },
      { dataset: 'y', encoders: ['a', 'b', 'c', 'd'], seeds: [1] },
    ],
  );
});

test('anchors: correlations with the mean over seeds', () => {
  const [{ pearson, tau }] = correlations(predictorOf('p', { x: [1, 2, 3] }), [
    cellOf([
      [1, 2, 4],
      [1, 4, 4],
    ]),
  ]) as [{ pearson: number; tau: number }];
  assert.equal(tau, 1);
  assert.ok(Math.abs(pearson - 0.9819805060619657) < 1e-12);
});

test('spread over seeds: pooled over encoders, with the degrees of freedom of both', () => {
  const rows = [
    [50, 52],
    [60, 60, 63],
  ].flatMap((devs, i) => devs.map((dev, at) => training({ encoder: NAMES[i]!, seed: at + 1, dev })));
  assert.deepEqual(
    overSeeds(rows, ({ dev }) => dev),
    { variance: (2 + 6) / 3, freedom: 3 },
  );
});

test('spread of growth: how leads change, less what seeds and texts make of it', () => {
  const devs = [
    [50, 60],
    [50, 64],
    [50, 62],
  ];
  const at = (train: number, place: number, seed = 1) =>
    devs.map((pair, i) => training({ encoder: NAMES[i]!, train, seed, dev: pair[place]! }));
  // Every text is correct equally often: the texts add no noise. Seed 2 equals seed 1, so that seeds add none either.
  const { growth, growths, seed } = spreadsOf([...at(1000, 1), ...at(1000, 1, 2)], at(500, 0), () => [true, false]);
  assert.equal(seed, 0);
  assert.equal(growths, 3);
  // Changes of 10, 14 and 12 have the variance 4, over ln 2 e-folds.
  assert.ok(Math.abs(growth - Math.sqrt(4 / Math.log(2))) < 1e-12);
});

test('what follows a prediction: points a standard deviation, and what is left', () => {
  const rows = [50, 52, 54].map((dev, i) => training({ encoder: NAMES[i]!, dev }));
  const { slope, residual, cells } = followsOf(rows, predictorOf('p', { x: [1, 3, 5] }));
  assert.deepEqual(
    [slope, residual, cells].map((value) => Math.round(1e9 * value) / 1e9),
    [2, 0, 1],
  );
});

test('sweep: settings by how far they are below the best of the same encoder, dataset and seed', () => {
  const tried = [
    [1e-4, 'a', 50],
    [2e-4, 'a', 52],
    [1e-4, 'b', 70],
    [2e-4, 'b', 66],
  ] as const;
  const settings = settingsOf(tried.map(([lr, encoder, dev]) => training({ lr, encoder, dev })));
  assert.deepEqual(
    settings.map(({ lr, below }) => [lr, below]),
    [
      [1e-4, 1],
      [2e-4, 2],
    ],
  );
});

test('spread: what scores were made with is found again, to a tenth', () => {
  const normal = randomNormals(7);
  const [seedSd, growthSd] = [1.2, 2];
  const rows = Array.from({ length: 150 }, (_, cell) =>
    NAMES.map((encoder) => {
      const made = { encoder, dataset: `d${cell}` };
      const level = 60 + 5 * normal();
      const before = level - growthSd * Math.sqrt(Math.log(4)) * normal() - 6;
      return {
        whole: [1, 2, 3].map((seed) => training({ ...made, seed, dev: level + seedSd * normal() })),
        part: training({ ...made, train: 250, dev: before + seedSd * normal() }),
      };
    }),
  ).flat();
  const { seed, growth } = spreadsOf(
    rows.flatMap(({ whole }) => whole),
    rows.map(({ part }) => part),
    () => [true, false],
  );
  assert.ok(Math.abs(seed / seedSd - 1) < 0.1, String(seed));
  assert.ok(Math.abs(growth / growthSd - 1) < 0.1, String(growth));
});

test('costs: passes of texts at the median rate of the same encoder and dataset, so that a busy machine has no effect', () => {
  const costs = steadied([
    training({ texts: 1000, seconds: 10 }),
    training({ texts: 2000, seconds: 20 }),
    training({ texts: 1000, seconds: 90 }),
  ]);
  assert.deepEqual(
    costs.map(({ seconds }) => seconds),
    [10, 20, 10],
  );
});
