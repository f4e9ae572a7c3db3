import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

/**
 * Threads that end before their time, whatever the reason: their end is the end of the command, with one line, and nothing waits for ever.
 */

const root = temporaryFolder();
const model = writeTinyEncoder(path.join(root, 'tiny'), { layers: 2 });
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
writeFileSync(
  data,
  `label,text,split\n${Array.from({ length: 90 }, (_, i) => `${['animal', 'place', 'person'][i % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?,${['train', 'train', 'dev', 'test'][i % 4]}`).join('\n')}\n`,
);

/**
 * Loaded into the process before all else: threads of one room end after they were first asked something. A map's thread is asked by its
 * start.
 */
const crash = path.join(root, 'crash.cjs');
writeFileSync(
  crash,
  `
const threads = require('node:worker_threads');
const { CRASH, HOW, THREAD } = process.env;
if (threads.isMainThread) {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(url, options = {}) { super(url, { ...options, env: { ...process.env, THREAD: String(url) }, ...(HOW === 'memory' && { resourceLimits: { maxOldGenerationSizeMb: 32 } }) }); }
  };
  require('node:module').syncBuiltinESMExports();
} else if (THREAD.includes('/' + CRASH + '/')) {
  const all = [];
  const crash = { throw: () => { throw new Error('boom'); }, exit: () => process.exit(3), memory: () => { for (;;) all.push(Array.from({ length: 1e4 }, () => ({}))); } }[HOW];
  if (CRASH === 'maps') crash(); else threads.parentPort.once('message', () => setImmediate(crash));
}
`,
);

const WHY = {
  throw: 'boom',
  exit: 'its thread ended',
  memory: 'Worker terminated due to reaching memory limit: JS heap out of memory',
} as const;

for (const { verb, room, hows, says } of [
  { verb: 'rank', room: 'estimators', hows: ['throw', 'exit', 'memory'], says: (why: string) => `The estimators could not go on: ${why}.` },
  {
    verb: 'run',
    room: 'embed',
    hows: ['throw', 'exit'],
    says: (why: string) => `tiny: The encoder does not run: ${why}. Check that its ONNX file is whole, or try another number type.`,
  },
  { verb: 'run', room: 'knn', hows: ['throw', 'exit'], says: (why: string) => `The neighbour search failed: ${why}.` },
  { verb: 'finetune', room: 'training', hows: ['throw', 'exit'], says: (why: string) => `Training ended: ${why}.` },
  { verb: 'map', room: 'maps', hows: ['throw', 'exit'], says: (why: string) => `The map could not be made: ${why}.` },
] as const) {
  for (const how of hows) {
    test(`threads: one of ${room} that ends (${how}) ends \`bench ${verb}\``, { timeout: 60_000 }, () => {
      const out = path.join(root, `${verb}-${room}-${how}`);
      const { status, err } = bench(
        [
          verb,
          '--model',
          model,
          '--dataset',
          data,
          '--text-column',
          'text',
          '--label-column',
          'label',
          ...(verb === 'finetune' ? ['--split-column', 'split'] : []),
          '--offline',
          '--out',
          out,
        ],
        {
          cache: path.join(out, 'cache'),
          env: { CRASH: room, HOW: how, NODE_OPTIONS: `--require ${crash}` },
        },
      );
      assert.deepEqual([status, err.split('\n').filter((line) => line.startsWith('bench: '))], [2, [`bench: ${says(WHY[how])}`]]);
    });
  }
}
