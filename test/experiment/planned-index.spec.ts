import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HarnessError } from '../../src/errors.ts';
import type { ScoreJob } from '../../src/experiment/job.ts';
import { plannedIndex } from '../../src/experiment/planned-index.ts';

function job(asked: string, planned: readonly string[]): Pick<ScoreJob, 'vectors' | 'settings'> {
  return { settings: { index: asked }, vectors: [{ rows: planned.map((index) => ({ index })) }] } as unknown as Pick<
    ScoreJob,
    'vectors' | 'settings'
  >;
}

const all = { hnsw: () => undefined, hnswlib: () => undefined };
const none = {
  hnsw: () => {
    throw new HarnessError('OPTION', { what: 'usearch is not installed.' });
  },
  hnswlib: () => {
    throw new HarnessError('OPTION', { what: 'hnswlib-node is not installed.' });
  },
};

test('planned index: as the rows were planned, whether this machine could do more or not', () => {
  // The planner lacked its library, and this machine has it.
  assert.equal(plannedIndex(job('hnsw', ['exact']), all), 'exact');
  assert.equal(plannedIndex(job('auto', ['exact', 'exact']), all), 'exact');
  assert.equal(plannedIndex(job('auto', ['exact']), none), 'exact');
  assert.equal(plannedIndex(job('hnsw', ['hnsw']), all), 'hnsw');
  // A large full set and a small train split.
  assert.equal(plannedIndex(job('auto', ['hnsw', 'exact']), all), 'auto');
});

test('planned index: refused where the library of a planned search is missing, so that another worker takes the job', () => {
  for (const index of ['hnsw', 'hnswlib']) {
    assert.throws(() => plannedIndex(job(index, ['exact', index]), none), { code: 'OPTION', message: /is not installed/ });
  }
});
