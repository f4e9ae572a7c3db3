import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConcurrentTasks } from '../../src/embed/concurrent-tasks.ts';

test('concurrent tasks: at most N at once', async () => {
  const underWay = new ConcurrentTasks(3);
  let [running, most, done] = [0, 0, 0];
  for (let i = 0; i < 20; i++) {
    await underWay.start(async () => {
      most = Math.max(most, ++running);
      await sleep(i % 3);
      running--;
      done++;
    });
  }
  await underWay.all();
  assert.deepEqual([most, done, running], [3, 20, 0]);
});

test('under way: the first failure is kept until somebody looks, and nothing is started after it', async () => {
  const underWay = new ConcurrentTasks(3);
  const fails: ((error: Error) => void)[] = [];
  const failing = () =>
    new Promise<void>((_, reject) => {
      fails.push(reject);
    });
  await underWay.start(failing);
  await underWay.start(failing);
  fails[1]!(new Error('first'));
  await sleep(0); // nobody awaits it: an unhandled failure would end the process
  fails[0]!(new Error('second'));
  await sleep(0);
  let started = false;
  await assert.rejects(
    underWay.start(async () => {
      started = true;
    }),
    { message: 'first' },
  );
  assert.equal(started, false);
  await assert.rejects(underWay.all(), { message: 'first' });
  await underWay.settled();
});
