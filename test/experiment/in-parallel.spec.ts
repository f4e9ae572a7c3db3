import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inParallel } from '../../src/experiment/in-parallel.ts';

test('at once: results come in the order of the tasks, and no more run than allowed', async () => {
  let running = 0;
  let most = 0;
  const task = (name: string, wait: number) => async () => {
    most = Math.max(most, ++running);
    await setTimeout(wait);
    running--;
    return name;
  };
  const seen: string[] = [];
  for await (const name of inParallel([task('a', 20), task('b', 1), task('c', 5), task('d', 1)], 2)) seen.push(name);
  assert.deepEqual({ seen, most }, { seen: ['a', 'b', 'c', 'd'], most: 2 });
});

test('at once: a failure is thrown where its result is due, after the others have ended', async () => {
  let ended = false;
  const seen: string[] = [];
  const slow = async () => {
    await setTimeout(20);
    ended = true;
    return 'c';
  };
  const run = async (): Promise<void> => {
    for await (const name of inParallel([() => Promise.resolve('a'), () => Promise.reject(new Error('no')), slow], 3)) seen.push(name);
  };
  await assert.rejects(run(), { message: 'no' });
  assert.deepEqual({ seen, ended }, { seen: ['a'], ended: true });
});
