import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { spawnBench } from './bench.ts';

/** Threads that end unexpectedly: the command ends with one line. The ways in which they end are in test/threads. */

const root = temporaryFolder();
const model = writeTinyEncoder(path.join(root, 'tiny'), { layers: 2 });
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
writeFileSync(
  data,
  `label,text,split\n${Array.from({ length: 90 }, (_, i) => `${['animal', 'place', 'person'][i % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?,${['train', 'train', 'dev', 'test'][i % 4]}`).join('\n')}\n`,
);

/** Loaded into the process first: threads of one module fail at their first request. */
const crash = path.join(root, 'crash.cjs');
writeFileSync(
  crash,
  `
const threads = require('node:worker_threads');
const { CRASH, THREAD } = process.env;
if (threads.isMainThread) {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(url, options = {}) { super(url, { ...options, env: { ...process.env, THREAD: String(url) } }); }
  };
  require('node:module').syncBuiltinESMExports();
} else if (THREAD.includes('/' + CRASH + '/')) {
  threads.parentPort.once('message', () => setImmediate(() => { throw new Error('boom'); }));
}
`,
);

for (const { command, room, says } of [
  { command: 'rank', room: 'estimators', says: 'The estimators failed: boom.' },
  {
    command: 'run',
    room: 'embed',
    says: 'tiny: The encoder does not run: boom. Check that its ONNX file is complete, or try another weight precision.',
  },
  { command: 'run', room: 'knn', says: 'The neighbour search failed: boom.' },
  { command: 'finetune', room: 'training', says: 'Training ended: boom.' },
  { command: 'map', room: 'maps', says: 'The map failed: boom.' },
] as const) {
  test(`threads: one of ${room} that ends ends \`bench ${command}\``, { timeout: 60_000 }, async () => {
    const out = path.join(root, `${command}-${room}`);
    const columns = ['--text-column', 'text', '--label-column', 'label', ...(command === 'finetune' ? ['--split-column', 'split'] : [])];
    const { status, err } = await spawnBench([command, '--model', model, '--dataset', data, ...columns, '--offline', '--out', out], {
      cache: path.join(out, 'cache'),
      env: { CRASH: room, NODE_OPTIONS: `--require ${crash}` },
    });
    assert.deepEqual([status, err.split('\n').filter((line) => line.startsWith('bench: '))], [2, [`bench: ${says}`]]);
  });
}
