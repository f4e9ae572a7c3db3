import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { watch } from './watch.ts';

test('watch: an input that hangs or ends the process is named, and those behind it are read', { timeout: 30_000 }, async () => {
  const { tallies, findings } = await watch(
    { reader: 'trec', seed: 1, from: 0, to: 9 },
    { script: path.join(import.meta.dirname, 'bad-child.js'), patienceMs: 2000 },
  );
  assert.deepEqual(
    findings.map(({ number, what }) => [number, what.split(':')[0]]),
    [
      [3, 'does not end within 2 s'],
      [5, 'ends the process (SIGABRT)'],
    ],
  );
  assert.deepEqual(
    tallies.map(({ read }) => read),
    [3],
  );
});

test('watch: a reader whose process ends again and again is given up', { timeout: 30_000 }, async () => {
  const { tallies, findings } = await watch(
    { reader: 'trec', seed: 1, from: 0, to: 9 },
    { script: path.join(import.meta.dirname, 'no-such-child.js') },
  );
  assert.deepEqual([tallies.length, findings.map(({ number }) => number)], [0, [0, 1, 2, 3, 4]]);
});
