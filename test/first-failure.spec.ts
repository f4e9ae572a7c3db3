import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstFailure } from '../src/first-failure.ts';

const done: string[] = [];
const does = (name: string) => async () => void done.push(name);
const fails = (what: string) => async (): Promise<never> => {
  throw new Error(what);
};

test('first failure: endings are done whatever fails, and the first to fail is thrown', async () => {
  assert.equal(await firstFailure(async () => 3, [does('a'), does('b')]), 3);
  await assert.rejects(firstFailure(fails('work'), [fails('ending'), does('c')]), { message: 'work' });
  await assert.rejects(
    firstFailure(async () => 3, [does('d'), fails('ending'), fails('later'), does('e')]),
    { message: 'ending' },
  );
  assert.deepEqual(done, ['a', 'b', 'c', 'd', 'e']);
});
