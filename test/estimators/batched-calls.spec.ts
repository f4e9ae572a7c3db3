import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchedCalls } from '../../src/estimators/batched-calls.ts';

test('batched calls: all that are under way are answered at once, in the order of the members, and fewer as they leave', async () => {
  const seen: number[][] = [];
  const together = new BatchedCalls<number, number>(3, async (asked) => {
    seen.push([...asked.keys()]);
    return new Map([...asked].map(([member, question]) => [member, question * 10]));
  });
  const answers = await Promise.all(
    [2, 0, 1].map(async (member) => {
      const own: number[] = [];
      for (let turn = 0; turn <= member; turn++) own.push(await together.ask(member, turn));
      together.leave();
      return own;
    }),
  );
  assert.deepEqual(answers, [[0, 10, 20], [0], [0, 10]]);
  assert.deepEqual(seen, [[0, 1, 2], [1, 2], [2]]);
});

test('batched calls: an error reaches all that wait', async () => {
  const together = new BatchedCalls<number, number>(2, async () => {
    throw new Error('broken');
  });
  const asked = [0, 1].map((member) => together.ask(member, 1));
  for (const each of asked) await assert.rejects(each, /broken/);
});
