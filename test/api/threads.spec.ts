import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeInputs } from './trained-data.ts';

/** Threads that end unexpectedly, below the functions of the API: an error of that call, and a process that then exits by itself. */

const root = temporaryFolder();
const { frozen, trained, data } = writeInputs(root);

/** Threads of one module fail at their first request. */
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

const script = path.join(root, 'program.mjs');
writeFileSync(
  script,
  `
import * as api from ${JSON.stringify(pathToFileURL(path.join(packageRoot(), 'dist', 'src', 'index.js')).href)};
const [name, request, cache] = process.argv.slice(2);
const said = { failures: [] };
try {
  const found = await api[name](JSON.parse(request), { cache, offline: true, threads: 2 });
  said.failures = (found.failures ?? []).map(({ reason }) => reason);
} catch (error) {
  said.error = [error.name, error.code, error.message];
}
said.ended = Date.now();
process.on('exit', (status) => console.log(JSON.stringify({ ...said, left: Date.now() - said.ended, status })));
`,
);

interface Said {
  readonly failures: readonly string[];
  readonly error?: readonly string[];
  /** Milliseconds from the error to the end of the process. */
  readonly left: number;
  readonly status: number;
}

let caches = 0;
async function said(name: string, request: object, room: string): Promise<Said> {
  const args = [script, name, JSON.stringify(request), path.join(root, `cache-${caches++}`)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, CRASH: room, NODE_OPTIONS: `--require ${crash}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const [status] = (await once(child, 'close')) as [number | null];
  assert.equal(status, 0);
  return JSON.parse(out) as Said;
}

const inputs = { encoders: [frozen], datasets: [data], splitColumn: 'split' };
const CASES = [
  { name: 'rank', request: { ...inputs, k: 3 }, room: 'estimators', error: 'The estimators failed: boom.' },
  {
    name: 'rank',
    request: { ...inputs, k: 3 },
    room: 'embed',
    failure: 'frozen: The encoder does not run: boom. Check that its ONNX file is complete, or try another weight precision.',
  },
  {
    name: 'run',
    request: { ...inputs, pooling: ['mean'] },
    room: 'embed',
    failure: 'frozen: The encoder does not run: boom. Check that its ONNX file is complete, or try another weight precision.',
  },
  { name: 'run', request: { ...inputs, pooling: ['mean'] }, room: 'knn', error: 'The neighbour search failed: boom.' },
  {
    name: 'finetune',
    request: { ...inputs, encoders: [trained], k: 3, epochs: 1, batchSize: 8 },
    room: 'training',
    error: 'Training ended: boom.',
  },
  { name: 'map', request: { ...inputs, k: 3, method: ['umap'] }, room: 'maps', error: 'The map failed: boom.' },
  {
    name: 'map',
    request: { ...inputs, k: 3, method: ['umap'] },
    room: 'embed',
    error: 'frozen: The encoder does not run: boom. Check that its ONNX file is complete, or try another weight precision.',
  },
] as const;

for (const { name, request, room, ...says } of CASES) {
  test(`threads: one of ${room} that ends is the end of ${name}, and the process ends`, { timeout: 120_000 }, async () => {
    const { error, failures, left, status } = await said(name, request, room);
    if ('error' in says) assert.deepEqual([error?.[0], error?.[2]], ['HarnessError', says.error]);
    else assert.deepEqual([error, failures], [undefined, [says.failure]]);
    assert.ok(left < 1000, `${left} ms until it ended`);
    assert.equal(status, 0);
  });
}
