import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HarnessError } from '../../src/errors.ts';
import { Thread } from '../../src/threads/thread.ts';
import { temporaryFolder } from '../temporary.ts';
import type { CountCalls } from './counting.ts';

const file = new URL('./counting.js', import.meta.url);
const failed = (why: string) => new HarnessError('INTERNAL', { what: `No count: ${why}.` });
const counting = (shared: boolean) => new Thread<CountCalls>({ file, failed, shared });

test('shared thread: all that share it are in one thread, each with its own state; others have one each', async () => {
  const [a, b, own] = [counting(true), counting(true), counting(false)];
  try {
    const threads = await Promise.all([a, b, own].map((each) => each.call('thread', undefined)));
    assert.equal(threads[0], threads[1]);
    assert.notEqual(threads[0], threads[2]);
    await a.call('add', 5);
    assert.deepEqual([await a.call('add', 1), await b.call('add', 1), await own.call('add', 1)], [6, 1, 1]);
  } finally {
    await Promise.all([a.close(), b.close(), own.close()]);
  }
});

test('shared thread: what is closed releases what it holds after its current call; the others go on; then it ends', async () => {
  const log = path.join(temporaryFolder(), 'closed');
  const [a, b] = [counting(true), counting(true)];
  const before = await b.call('thread', undefined);
  await a.call('open', log);
  const running = a.call('slowly', 7);
  const [waiting] = [assert.rejects(a.call('add', 100), /No count: it was closed\./), assert.rejects(running, /it was closed/)];
  await a.close();
  await waiting;
  // The call that was running had its end, the one behind it had not begun.
  assert.equal(readFileSync(log, 'utf8'), 'closed at 7\n');
  await assert.rejects(a.call('add', 1), /it was closed/);
  await a.close();
  assert.equal(await b.call('add', 2), 2);
  await b.close();
  const c = counting(true);
  assert.notEqual(await c.call('thread', undefined), before, 'a thread that nobody shared any more has ended');
  await c.close();
});

test('shared thread: what ends it is the error of all that share it, and the next has another', async () => {
  const [a, b] = [counting(true), counting(true)];
  const pending = assert.rejects(b.call('slowly', 1), /No count: boom\./);
  await a.call('crash', undefined);
  await pending;
  await assert.rejects(a.call('add', 1), /No count: boom\./);
  await Promise.all([a.close(), b.close()]);
  const c = counting(true);
  assert.equal(await c.call('add', 3), 3);
  await c.close();
});

test('shared thread: a call that answers later lets the next begin, and closing waits for its answer', async () => {
  const log = path.join(temporaryFolder(), 'closed');
  const [a, b] = [counting(true), counting(false)];
  for (const each of [a, b]) {
    const answers: number[] = [];
    const heard = (answer: number) => void answers.push(answer);
    await Promise.all([each.call('afterwards', 1).then(heard), each.call('afterwards', 1).then(heard), each.call('add', 1).then(heard)]);
    assert.deepEqual(answers, [3, 1, 2]);
    await assert.rejects(each.call('afterwards', -3), /No count: only up\./);
  }
  await a.call('open', log);
  const late = assert.rejects(a.call('afterwards', 7), /it was closed/);
  await a.call('add', 0);
  await a.close();
  await late;
  assert.equal(readFileSync(log, 'utf8'), 'answered\nclosed at 7\n');
  await b.close();
});
