import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/index.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const data = path.join(root, 'data.csv');
writeFileSync(data, `text,label\n${Array.from({ length: 40 }, (_, i) => `${words[i % 7]} ${words[(i * i) % 5]},${i % 2}`).join('\n')}\n`);
const encoder = writeTinyEncoder(path.join(root, 'tiny'));
const out = path.join(root, 'out');
const surroundings = { out, cache: path.join(root, 'cache'), offline: true, threads: 1 };
const again = () => run({ encoders: [encoder], datasets: [data], pooling: ['mean'] }, surroundings);

test('run: killed between the two files of a cell that is made again it goes on; otherwise the file was edited', async () => {
  await again();
  const file = path.join(out, 'results.csv');
  const whole = readFileSync(file, 'utf8');
  const [row] = whole.split('\n').slice(1);
  // The texts are of this run, the scores in the table are of an earlier one.
  const scores = /(?<=,)(\d+\.\d\d),\1,\d+\.\d\d(?=,)/.exec(row!);
  writeFileSync(file, whole.replace(scores![0], '1.00,1.00,1.00'));
  await assert.rejects(again(), { code: 'OUTPUT', message: /Was the file edited\?/ });
  const { plan } = JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { plan: { digest: string } };
  writeFileSync(path.join(out, `.running-${plan.digest}`), '');
  assert.equal((await again()).kept, 0);
  assert.equal(readFileSync(file, 'utf8'), whole);
});
