import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { EstimatorThreads } from '../../src/estimators/estimator-threads.ts';
import { matrix } from '../../src/numeric/matrix.ts';

const N = 1500;
const D = 200;
const labelled = {
  vectors: matrix(
    N,
    D,
    Float32Array.from({ length: N * D }, (_, i) => Math.sin(i * 1.7 + Math.floor(i / D) ** 1.5)),
  ),
  labels: Int32Array.from({ length: N }, (_, i) => i % 5),
  classes: 5,
};

/** Threads started from now on. */
function started(t: TestContext): Worker[] {
  const all: Worker[] = [];
  const add = (worker: Worker): void => void all.push(worker);
  process.on('worker', add);
  t.after(() => process.off('worker', add));
  return all;
}

test('estimator threads: one that ends fails what it was asked, another takes its place, and closing waits for none', async (t) => {
  const workers = started(t);
  const threads = new EstimatorThreads(2);
  const asked = [
    threads.ask({ labelled, estimators: ['silhouette'], k: 5, seed: 1 }),
    threads.ask({ labelled, estimators: ['hscore'], k: 5, seed: 1 }),
  ];
  const failed = assert.rejects(asked[0]!, {
    code: 'INTERNAL',
    message: 'The estimators failed: its answer cannot be read (boom).',
  });
  while (workers.length < 2)
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  workers[0]!.emit('messageerror', new Error('boom'));
  await failed;
  const [first] = await asked[1]!;
  const later = [1, 2].map(() => threads.ask({ labelled, estimators: ['hscore'], k: 5, seed: 1 }));
  for (const each of later) assert.deepEqual(await each, [first]);
  assert.equal(workers.length, 3);
  const long = threads.ask({ labelled, estimators: ['linear-probe'], k: 5, seed: 1 });
  const ended = assert.rejects(long, { code: 'INTERNAL', message: 'The estimators failed: it was closed.' });
  const begun = performance.now();
  await threads.close();
  await ended;
  assert.ok(performance.now() - begun < 10_000, `${performance.now() - begun} ms: it waits for a thread that is gone`);
});

test('estimator threads: one that is gone before they are closed is not waited for', async (t) => {
  const [workers, threads] = [started(t), new EstimatorThreads(2)];
  await threads.ask({ labelled, estimators: ['hscore'], k: 5, seed: 1 });
  const gone = once(workers[0]!, 'exit');
  await workers[0]!.terminate();
  await gone;
  const [estimate] = await threads.ask({ labelled, estimators: ['hscore'], k: 5, seed: 1 });
  assert.equal(estimate!.estimator, 'hscore');
  assert.equal(workers.length, 2);
  await threads.close();
});
