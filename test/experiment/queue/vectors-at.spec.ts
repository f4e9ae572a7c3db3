import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { QueuedEnd } from '../../../src/experiment/queue/result-schema.ts';
import { storeId, worthLeaving } from '../../../src/experiment/queue/vectors-at.ts';
import { temporaryFolder } from '../../temporary.ts';

function member(worker: string, store: string | undefined, seconds: number): QueuedEnd {
  const timings = [
    { encoder: 'e', stage: 'embed', seconds },
    { encoder: 'e', stage: 'knn', seconds: 100 },
  ] as const;
  const result = { job: '0'.repeat(16), truths: {}, cells: [], curve: [], failures: [], timings };
  return { end: { kind: 'done', result }, worker, machine: 'x', store, said: [] };
}

test('vectors of members: workers of one cache have one store, of another another; none where the cache is spoilt', async () => {
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  const ids = await Promise.all([storeId(a), storeId(a), storeId(b)]);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
  writeFileSync(path.join(b, 'store-id'), '../../x');
  assert.equal(await storeId(b), undefined);
  assert.equal(await storeId(path.join(a, 'store-id', 'no-folder')), undefined);
});

test('vectors of members: a concatenation is left to who has most of them, for as long as making them again would take', () => {
  const members = [member('w1', 's1', 3), member('w2', 's2', 2), member('w3', 's1', 1)];
  const of = (store: string | undefined, workers: readonly string[]): number => worthLeaving({ members, store, workers });
  assert.equal(of('s1', ['w1', 'w2']), 0);
  assert.equal(of('s2', ['w1', 'w2']), 2000);
  assert.equal(of(undefined, ['w1', 'w2']), 4000);
  // The worker that has them is gone.
  assert.equal(of('s2', ['w2']), 0);
  assert.equal(of('s3', ['w2']), 2000);
  assert.equal(of('s3', []), 0);
  assert.equal(worthLeaving({ members: [member('w', undefined, 9)], store: undefined, workers: ['w'] }), 0);
});
