import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsTaken } from '../../../perf/study/datasets.ts';
import { studyJobs, sweepJobs } from '../../../perf/study/jobs.ts';
import { GRID, SWEEP } from '../../../perf/study/settings.ts';
import { addWork, readWork, workKey, type WorkRow } from '../../../perf/study/work-record.ts';
import { settledBy } from '../../../perf/study/settle.ts';
import { identity } from '../../../perf/study/work.ts';
import { temporaryFolder } from '../../temporary.ts';

const settled = { classic: { lr: 1e-4, epochs: 3 }, 'cea-all-negatives': { lr: 2e-4, epochs: 5 } } as const;
const asked = { layers: [['a', 'b'], ['c']], datasets: [['x', 'y'], ['z']], settled, seeds: [1, 2], whole: 1000, parts: [250] };
const jobs = studyJobs({ ...asked, canAlign: () => true });
const said = jobs.map((job) =>
  [job.folder, job.encoder, job.dataset, job.train, job.kind === 'train' ? `${job.objective} ${job.seed}` : ''].join(' '),
);

test('jobs: a layer of encoders before the next, a seed on all datasets of a group before the next seed', () => {
  const first = said.slice(
    0,
    said.findIndex((line) => line.includes(' c ')),
  );
  const pieces = [1000, 250].flatMap((train) =>
    ['x', 'y', 'z'].flatMap((dataset) => ['a', 'b'].map((encoder) => `frozen ${encoder} ${dataset} ${train} `)),
  );
  assert.deepEqual(first.slice(0, 12), pieces);
  const grid = first.filter((line) => line.startsWith('grid'));
  assert.equal(grid.length, 2 * 3 * 2 * 2);
  assert.deepEqual(grid.slice(0, 3), ['grid a x 1000 classic 1', 'grid a x 1000 cea-all-negatives 1', 'grid b x 1000 classic 1']);
  const places = grid.map((line) => line.replace(/^grid \w (\w) 1000 \S+ (\d)$/, '$1$2'));
  assert.deepEqual([...new Set(places)], ['x1', 'y1', 'x2', 'y2', 'z1', 'z2']);
  assert.equal(new Set(jobs.map((job) => `${job.folder} ${workKey(identity(job))}`)).size, jobs.length);
  assert.ok(said.slice(first.length).every((line) => line.includes(' c ')));
});

test('jobs: those of the study are pieces of their own, and the sweep has none twice', () => {
  for (const all of [studyJobs({ ...GRID, settled }), sweepJobs(SWEEP)]) {
    assert.equal(new Set(all.map((job) => `${job.folder} ${workKey(identity(job))}`)).size, all.length);
  }
});

test('jobs: a part in which no class has two texts is for the head alone', () => {
  const fewer = studyJobs({ ...asked, canAlign: (dataset, texts) => dataset !== 'x' || texts > 250 });
  const missing = jobs.filter((job) => !fewer.some((other) => JSON.stringify(other) === JSON.stringify(job)));
  assert.ok(missing.length > 0);
  for (const job of missing) {
    assert.ok(job.kind === 'train');
    assert.deepEqual([job.dataset, job.train, job.objective], ['x', 250, 'cea-all-negatives']);
  }
});

test('parts: a smaller one lies within a larger one, dev and test stay; what is missing is taken from train', () => {
  const split = Uint8Array.from({ length: 90 }, (_, row) => (row < 60 ? 0 : 2));
  const labels = Int32Array.from({ length: 90 }, (_, row) => row % 3);
  const of = (train: number, given = split) =>
    rowsTaken({ split: given, labels, classes: ['p', 'q', 'r'] }, { train, dev: 10, test: 20 }, 1);
  const [few, many] = [of(12), of(40)];
  assert.deepEqual(many.train.slice(0, 12), few.train);
  assert.deepEqual([few.dev, few.test], [many.dev, many.test]);
  assert.ok(few.dev.every((row) => split[row] === 0) && few.test.every((row) => split[row] === 2));
  assert.equal(new Set([...many.train, ...many.dev, ...many.test]).size, 70);
  assert.deepEqual(
    [0, 1, 2].map((label) => few.train.filter((row) => labels[row] === label).length),
    [4, 4, 4],
  );
  const testAlone = of(
    40,
    split.map(() => 2),
  );
  assert.equal(new Set([...testAlone.train, ...testAlone.dev, ...testAlone.test]).size, 70);
});

const PIECE = { kind: 'train', encoder: 'a', dataset: 'x', train: '1000', objective: 'classic', lr: '0.0001', epochs: '3', seed: '1' };

function rowOf(encoder: string, dev: string): WorkRow {
  return { ...PIECE, encoder, dev, test: '', texts: '9900', seconds: '1.0', cpu_seconds: '0.9' };
}

test('work: an item that is done again replaces its row, and the order of work has no effect', async () => {
  const [one, other] = [`${temporaryFolder()}/work.csv`, `${temporaryFolder()}/work.csv`];
  assert.deepEqual(await readWork(one), []);
  for (const each of [rowOf('a', '50'), rowOf('b', '60'), rowOf('a', '70')]) await addWork(one, each);
  for (const each of [rowOf('b', '60'), rowOf('a', '70')]) await addWork(other, each);
  assert.deepEqual(
    (await readWork(one)).map(({ encoder, dev }) => `${encoder} ${dev}`),
    ['a 70', 'b 60'],
  );
  assert.deepEqual(await readWork(one), await readWork(other));
});

const TRIED = { encoder: 'a', datasets: ['x'], rates: [2e-4, 5e-4], epochs: 3, seeds: [1] };

test('settled: the setting that is least below the best of those that were tried everywhere, once all of the sweep is there', () => {
  const sweep = {
    train: 500,
    tried: [
      { ...TRIED, rates: [1e-4, 2e-4, 5e-4] },
      { ...TRIED, encoder: 'b' },
    ],
  };
  const dev = new Map([
    ['a 0.0001', 70],
    ['a 0.0002', 60],
    ['a 0.0005', 62],
    ['b 0.0002', 80],
    ['b 0.0005', 79],
  ]);
  const rows = sweepJobs(sweep).map(({ encoder, objective, lr, dataset, epochs, seed }) => {
    // The second objective has the opposite order.
    const score = dev.get(`${encoder} ${lr}`)! * (objective === 'classic' ? 1 : -1);
    return { encoder, dataset, objective, lr, epochs, seed, train: 500, dev: score, test: 0, texts: 0, seconds: 0 };
  });
  assert.deepEqual(settledBy(rows, sweep), { classic: { lr: 5e-4, epochs: 3 }, 'cea-all-negatives': { lr: 2e-4, epochs: 3 } });
  assert.equal(settledBy(rows.slice(1), sweep), undefined);
});
