import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cardArguments } from '../../perf/card/arguments.ts';
import { paddedBatches, tokensIn } from '../../perf/card/padded.ts';
import { MOST_BYTES, packagesOf, sizeList } from '../../perf/card/pack.ts';
import { Processes } from '../../perf/card/processes.ts';
import { writeRandomEncoder } from '../../perf/card/random-encoder.ts';
import { goalsOf, written, type Measurement } from '../../perf/card/report.ts';
import { QUICK } from '../../perf/card/shapes.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();

test('card: a device, quick, an interpreter and a time limit, in any order', () => {
  assert.deepEqual(cardArguments([], {}), { device: 'webgpu', quick: false, pack: false, python: 'python3', limit: 270 });
  assert.deepEqual(cardArguments(['quick', '--limit', '60', 'cuda'], { PYTHON: '/opt/python' }), {
    device: 'cuda',
    quick: true,
    pack: false,
    python: '/opt/python',
    limit: 60,
  });
  assert.equal(cardArguments(['--python', 'mine'], { PYTHON: 'other' }).python, 'mine');
  assert.throws(() => cardArguments(['vulkan']), { message: /^card takes webgpu, cuda, cpu, quick, pack, .*got vulkan\.$/ });
  assert.throws(() => cardArguments(['cpu', 'cuda']), { message: 'card measures one device, got cuda and cpu.' });
  assert.throws(() => cardArguments(['--limit', 'soon']), { message: '--limit takes seconds, got soon.' });
});

test('card: the kit may not be larger than 64 MiB', () => {
  assert.equal(sizeList([['node.tar.xz', 2 ** 20]]), `${'node.tar.xz'.padEnd(20)}   1.00 MiB\n${'in all'.padEnd(20)}   1.00 MiB`);
  assert.throws(() => sizeList([['cuda.tar.xz', MOST_BYTES + 1]]), { message: /^The kit is larger than 64 MiB:\ncuda\.tar\.xz/ });
});

test('card: packages of the scripts that ran', () => {
  const urls = [
    'node:fs',
    'file:///a/dist/perf/main.js',
    'file:///a/node_modules/@b/c/d.js',
    'file:///a/node_modules/e/f.js',
    'file:///a/node_modules/e/g.js',
  ];
  assert.deepEqual(packagesOf(urls), ['@b/c', 'e']);
});

const measured: readonly Measurement[] = [
  { encoder: 'small', what: 'embedding', on: 'webgpu', batch: 1024, textsPerSecond: 900 },
  { encoder: 'small', what: 'embedding', on: 'webgpu', batch: 16_384, textsPerSecond: 1800 },
  { encoder: 'small', what: 'embedding', on: 'webgpu', batch: 65_536, failed: 'SIGSEGV: nothing on stderr' },
  { encoder: 'small', what: 'embedding', on: 'torch fp32', batch: 32, textsPerSecond: 2000 },
  { encoder: 'small', what: 'embedding', on: 'torch tf32', batch: 32, textsPerSecond: 4000 },
  { encoder: 'small', what: 'training', on: 'webgpu', textsPerSecond: 100 },
];

test('card: ratios are of the fastest batches, in the same precision', () => {
  assert.deepEqual(goalsOf(measured, 'webgpu'), [
    { encoder: 'small', what: 'embedding', on: 'webgpu', ours: 1800, torch: 2000, precision: 'fp32', ratio: 0.9, goal: 0.9 },
  ]);
  assert.deepEqual(goalsOf(measured, 'cuda'), [], 'nothing was measured on it');
});

test('card: padded batches are sorted by length, and full with padding counted', () => {
  const batches = paddedBatches({ lengths: [3, 9, 5, 4, 5, 50], tokenBudget: () => 20 });
  assert.deepEqual(batches, [
    { rows: [5], length: 50 },
    { rows: [1, 2], length: 9 },
    { rows: [4, 3, 0], length: 5 },
  ]);
  assert.equal(tokensIn(batches), 50 + 18 + 15);
  assert.deepEqual(paddedBatches({ lengths: [0, 0], tokenBudget: () => 1 }).length, 2);
});

test('card: what equal lengths cost or save is a line for each encoder and device', () => {
  const of = { encoder: 'small', on: 'webgpu', batch: 1024 } as const;
  const text = written({
    machine: {},
    device: 'webgpu',
    measurements: [
      { ...of, what: 'embedding', textsPerSecond: 900, padding: 0, batches: 40 },
      { ...of, what: 'padded', texts: 500, textsPerSecond: 1000, padding: 0.0123, batches: 1 },
      { ...of, what: 'padded', on: 'cpu', failed: 'no' },
    ],
    agreements: [],
    attention: [],
    goals: [],
  });
  assert.match(
    text,
    /^small on webgpu, 500 texts: equal lengths: 900 texts\/s in 40 batches; padded: 1,000 texts\/s in 1 batch, 1\.2% padding: equal lengths are 0\.90 times as fast$/m,
  );
  assert.equal(text.match(/equal lengths are/g)!.length, 1);
});

test('card: a failure is a line of the table, with its reason', () => {
  const text = written({
    machine: { card: 'none' },
    device: 'webgpu',
    measurements: measured,
    agreements: [{ encoder: 'small', what: 'losses', difference: 0.01, bound: 1e-3 }],
    attention: [],
    goals: goalsOf(measured, 'webgpu'),
  });
  assert.match(text, /^small +embedding +webgpu +65,536 +failed: SIGSEGV: nothing on stderr$/m);
  assert.match(text, /^small embedding: fastest with 16,384 tokens a batch, 1\.00 times 16,384$/m);
  assert.match(text, /^small: losses: DIFFER, 1\.0e-2 \(bound 1e-3\)$/m);
  assert.match(text, /^small embedding: 1,800 texts\/s on webgpu, 2,000 by torch in fp32: 0\.90 \(goal 0\.9: reached\)$/m);
});

test('card: of a process that fails, what it had measured counts, and the reason is its error', async () => {
  const processes = new Processes(60);
  const script = (text: string) => processes.run([process.execPath, '-e', text], 20);
  const thrown = await script('console.log(`RESULT {"seconds":1}`); throw new Error("no adapter")');
  assert.deepEqual([thrown.results, thrown.failed], [[{ seconds: 1 }], 'no adapter']);
  assert.match((await script('process.kill(process.pid, "SIGSEGV")')).failed!, /^SIGSEGV/);
  assert.match((await processes.run(['/nowhere/python'], 20)).failed!, /ENOENT/);
  assert.match((await processes.run([process.execPath, '-e', 'setInterval(() => 0, 1000)'], 0.3)).failed!, /^stopped after/);
  processes.close();
  const none = new Processes(0);
  assert.equal((await none.run([process.execPath, '-e', ''], 20)).failed, 'no time was left');
  none.close();
});

test('card: an encoder of random weights has the shape, words as tokens, and the same weights each time', async () => {
  const [shape] = QUICK.shapes;
  const made = [0, 1].map(() =>
    writeRandomEncoder(mkdtempSync(path.join(folder, 'encoder-')), { shape: shape!, texts: ['What is a card ?'] }),
  );
  const [one, other] = made.map((each) => readFileSync(path.join(each, 'model.safetensors')));
  assert.ok(one!.equals(other!));
  const encoder = await openEncoder({ name: 'random', folder: made[0]!, onnx: undefined, revision: '' });
  assert.equal(encoder.depth, shape!.layers);
  assert.equal(encoder.tokenizer.encode('What is a CARD?', 512).ids.length, 7);
  rmSync(made[1]!, { recursive: true });
});
