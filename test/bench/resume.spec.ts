import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCsv } from '../../src/results/csv.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, spawnBench, startBench } from './bench.ts';

const root = temporaryFolder();
/** Four layers of 256 numbers: 4 KB per text, so that vectors are written every 2048 texts. Few are searched: storing them is the point. */
const encoder = writeTinyEncoder(path.join(root, 'tiny'), { layers: 4, width: 256 });
const TEXTS = 3200;
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const data = path.join(root, 'many.csv');
writeFileSync(
  data,
  `label,text,split\n${Array.from({ length: TEXTS }, (_, i) => `${['animal', 'place', 'person'][i % 3]},${[...String(i)].map((digit) => words[Number(digit)]).join(' ')},${i % 16 === 0 ? 'train' : 'test'}`).join('\n')}\n`,
);

const argsOf = (out: string) => [
  'run',
  '--model',
  encoder,
  '--dataset',
  data,
  '--split-column',
  'split',
  '--pooling',
  'mean-last4',
  '--protocol',
  'fit-train',
  '--out',
  out,
  '--quiet',
  '--offline',
];
const place = (name: string) => path.join(root, name);
const resultsOf = (out: string) => readFileSync(path.join(out, 'results.csv'), 'utf8');

/** Percentage of the texts that a run took from the store. */
function cachedPercent(out: string): number {
  const [header, ...rows] = parseCsv({
    text: readFileSync(path.join(out, 'timings.csv'), 'utf8'),
    file: 'timings.csv',
    checkHeader: () => undefined,
  }).map(({ cells }) => cells);
  const [stage, cached] = ['stage', 'cached_percent'].map((column) => header!.indexOf(column));
  return Number(rows.find((row) => row[stage!] === 'embed')![cached!]);
}

function shards(cache: string): string[] {
  return existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.safetensors')) : [];
}

const whole = await bench(argsOf(place('whole')), { cache: place('whole-cache') });

test('resume: a run killed during embedding resumes from the store, to the same bytes', async () => {
  assert.equal(whole.status, 0, whole.err);
  assert.equal(cachedPercent(place('whole')), 0);
  const [cache, out] = [place('killed-cache'), place('killed')];
  const child = startBench(argsOf(out), { cache });
  for (let waited = 0; shards(cache).length < 1; waited += 5) {
    assert.ok(waited < 60_000, 'no vectors came');
    await sleep(5);
  }
  child.kill('SIGKILL');
  assert.equal((await child.ended).status, null);
  assert.ok(!existsSync(path.join(out, 'results.csv')));
  const again = await bench(argsOf(out), { cache });
  assert.equal(again.status, 0, again.err);
  const cached = cachedPercent(out);
  assert.ok(cached > 0 && cached < 100, `${cached} % were stored`);
  assert.equal(resultsOf(out), resultsOf(place('whole')));
});

test('resume: two runs at once on one cache both end right', async () => {
  const cache = place('shared-cache');
  const outs = [place('first'), place('second')];
  const ends = await Promise.all(outs.map((out) => spawnBench(argsOf(out), { cache })));
  for (const [i, { status, err }] of ends.entries()) {
    assert.equal(status, 0, err);
    assert.equal(resultsOf(outs[i]!), resultsOf(place('whole')));
  }
  assert.equal((await bench(argsOf(place('after')), { cache })).status, 0);
  assert.deepEqual([cachedPercent(place('after')), resultsOf(place('after'))], [100, resultsOf(place('whole'))]);
});
