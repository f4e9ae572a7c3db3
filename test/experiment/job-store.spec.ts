import assert from 'node:assert/strict';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { JobStore } from '../../src/experiment/job-store.ts';
import type { Job, JobResult } from '../../src/experiment/job.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = path.join(temporaryFolder(), 'jobs');
const job = { id: '0123456789abcdef' } as Job;
const result: JobResult = { job: job.id, truths: {}, cells: [], curve: [], failures: [], timings: [] };
const store = () => new JobStore(folder, assert.fail);

test('job store: stored results are available to the next run; an incomplete file is ignored, and rewritten', async () => {
  assert.equal(await store().load(job), undefined);
  await store().save(job, result);
  assert.deepEqual(await store().load(job), result);
  assert.equal(await store().load({ ...job, id: 'another' }), undefined);
  const [name] = readdirSync(folder);
  const file = path.join(folder, name!);
  const whole = readFileSync(file, 'utf8');
  for (const text of ['', whole.slice(0, 30), whole.slice(0, 64), whole.slice(0, 65), whole.slice(0, -1), whole.replace('[]', '{}')]) {
    writeFileSync(file, text);
    assert.equal(await store().load(job), undefined, text);
  }
  await store().save(job, result);
  assert.equal(readFileSync(file, 'utf8'), whole);
});

test('job store: remains of killed runs and results unused for a month are removed', async () => {
  await store().save(job, result);
  const [name] = readdirSync(folder);
  const place = (file: string, hours: number): void => {
    writeFileSync(path.join(folder, file), '');
    const then = new Date(Date.now() - hours * 3_600_000);
    utimesSync(path.join(folder, file), then, then);
  };
  place(`${name}.00000001.part`, 2);
  // It may belong to another process that is writing it now.
  place(`${name}.00000002.part`, 0);
  place('old.json', 31 * 24);
  place('young.json', 29 * 24);
  await store().save(job, result);
  assert.deepEqual(readdirSync(folder).toSorted(), [name, `${name}.00000002.part`, 'young.json'].toSorted());
});
