import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnderWay } from '../../src/embed/under-way.ts';

test('under way: so many at once, and no more', async () => {
  const underWay = new UnderWay(3);
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

const fail = (ms: number, what: string) => async (): Promise<never> => {
  await sleep(ms);
  throw new Error(what);
};

test('under way: the first failure is kept until somebody looks, and nothing is started after it', async () => {
  const underWay = new UnderWay(3);
  await underWay.start(fail(5, 'second'));
  await underWay.start(fail(1, 'first'));
  await sleep(20); // nobody waits: a failure that is not caught would end the process
  let started = false;
  await assert.rejects(underWay.start(async () => { started = true; }), { message: 'first' });
  assert.equal(started, false);
  await assert.rejects(underWay.all(), { message: 'first' });
  await underWay.settled();
});
