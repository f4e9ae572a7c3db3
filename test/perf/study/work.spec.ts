import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { studyJobs, type JobsParams } from '../../../perf/study/jobs.ts';
import { studyReport } from '../../../perf/study/report/tables.ts';
import { work, type WorkParams } from '../../../perf/study/work.ts';
import { temporaryFolder } from '../../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../tiny-checkpoint.ts';
import { TINY_VOCABULARY } from '../../tiny-encoder.ts';

const root = temporaryFolder();
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const settled = { lr: 1e-2, epochs: 1 };
const grid: JobsParams = {
  layers: [['gelu', 'relu', 'gelu_new']],
  datasets: [['one']],
  settled: { classic: settled, 'cea-all-negatives': settled },
  seeds: [1, 2],
  whole: 1000,
  parts: [],
  canAlign: () => true,
};
const jobs = studyJobs(grid);
const HELD = { dev: 20, test: 20 };
const told: string[] = [];
function linesOf(split: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const text = `${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${split} ${i}`;
    return JSON.stringify({ text, label: ['animal', 'place', 'person'][(i % 7) % 3], split });
  });
}

const params: WorkParams = {
  out: path.join(root, 'study'),
  cache: path.join(root, 'cache'),
  threads: 1,
  held: HELD,
  weightsOf: (activation) => {
    const folder = writeTinyCheckpoint(path.join(root, activation), { config: { ...TINY_CONFIG, hidden_act: activation } });
    writeFileSync(path.join(folder, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);
    return folder;
  },
  // One text for each twenty, for speed.
  dataOf: (key, sizes, suffix) => {
    const file = path.join(root, `${key}${sizes.train === 1000 ? '' : `-${sizes.train}`}${suffix}.jsonl`);
    const lines = [...linesOf('train', sizes.train / 20), ...linesOf('dev', sizes.dev), ...linesOf('test', sizes.test)];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return Promise.resolve(file);
  },
  say: (line) => void told.push(line),
};
const read = (name: string): string => readFileSync(path.join(params.out, name), 'utf8');
const report = (): Promise<void> => studyReport({ out: params.out, jobs, grid, held: HELD });
const TABLES = ['README.md', 'ceiling.md', 'ceiling.csv', 'sweep.md', 'spread.md', 'replay.md'];

test('study: before anything is there its tables say so', async () => {
  await report();
  assert.match(read('README.md'), /## The grid \(1000 texts, two objectives, each seed\): 0 of 12/);
  assert.match(read('ceiling.md'), /## All encoders\n\nNo results yet\./);
  assert.match(read('replay.md'), /No results yet\./);
});

test('study: it resumes, and its tables are made from its folder only, the same each time', async () => {
  await work(jobs.slice(0, 7), params);
  assert.equal(told[0], '0 of 7 work items are done.');
  await work(jobs, params);
  assert.ok(told.includes(`7 of ${jobs.length} work items are done.`));
  await work(jobs, params);
  assert.equal(told.at(-1), `${jobs.length} of ${jobs.length} work items are done.`);
  await report();
  const first = TABLES.map(read);
  await report();
  assert.deepEqual(TABLES.map(read), first);
  assert.match(read('README.md'), /## The grid \(1000 texts, two objectives, each seed\): 12 of 12/);
  assert.match(read('README.md'), /- one, seed 2: gelu, relu, gelu_new/);
  assert.match(read('ceiling.md'), /\| the other seeds \(the ceiling\) \|  \| (\d+%|–) \| −?\d/);
  assert.match(read('ceiling.csv'), /^All encoders,parameters,0,(0\.5000)?,,,0\.0000,/m);
  assert.match(read('replay.md'), /\| choose within 1\/10 \| [\d.]+% \| [\d.]+ \| \d+% \|/);
  assert.match(read('spread.md'), /\| A dev score over seeds \| [\d.]+ \| 6 degrees of freedom \|/);
});

test('study: a record of a folder of its own is read where the results are not there', async () => {
  const out = path.join(root, 'records');
  mkdirSync(path.join(out, 'grid'), { recursive: true });
  writeFileSync(path.join(out, 'grid', 'work.csv'), read('grid/work.csv'));
  await studyReport({ out, jobs, grid, held: HELD });
  assert.match(readFileSync(path.join(out, 'ceiling.md'), 'utf8'), /the other seeds \(the ceiling\)/);
});
