import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { driverVariables, noWebgpu } from '../webgpu.ts';
import { spawnBench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = ownOracle('bert-uncased');
const data = path.join(root, 'topics.csv');
writeFileSync(
  data,
  `label,text\n${Array.from({ length: 24 }, (_, i) => `${['animal', 'place'][i % 2]},${['a cat', 'the sea'][i % 2]} ${'abcdefgh'[i % 8]}`).join('\n')}\n`,
);
const texts = path.join(root, 'texts.txt');
writeFileSync(texts, 'a cat\nthe sea b\n');

/** In a process of its own, which finds the driver by its environment. */
const bench = (...args: string[]) => spawnBench([...args, '--offline'], { cache, env: driverVariables() });
const out = (name: string) => path.join(root, name);
const scored = ['--model', model, '--dataset', data, '--pooling', 'mean'];

test(
  'device: results of a card have rows of their own, which a run on the CPU neither resumes nor replaces',
  { skip: noWebgpu },
  async () => {
    const first = await bench('run', ...scored, '--protocol', 'leave-one-out', '--out', out('run'));
    assert.equal(first.status, 0, first.err);
    const header = readFileSync(path.join(out('run'), 'results.csv'), 'utf8').split('\n')[0]!;
    assert.ok(!header.includes('device'), 'a table of the CPU alone has no such column');
    const second = await bench('run', ...scored, '--protocol', 'leave-one-out', '--device', 'webgpu', '--out', out('run'));
    assert.equal(second.status, 0, second.err);
    assert.match(second.err, /24 texts|embedding with bert-uncased/i, 'vectors of the CPU do not serve');
    const { rows } = await readRows(path.join(out('run'), 'results.csv'));
    assert.deepEqual(
      rows.map(({ encoder, device }) => [encoder, device]),
      [
        ['bert-uncased', ''],
        ['bert-uncased', 'webgpu'],
      ],
    );
    assert.equal(rows[0]!.micro_f1, rows[1]!.micro_f1);
    const record = JSON.parse(readFileSync(path.join(out('run'), 'run.json'), 'utf8')) as { machine: { device: string } };
    assert.equal(record.machine.device, 'webgpu');
    const again = await bench('run', ...scored, '--protocol', 'leave-one-out', '--device', 'webgpu', '--out', out('run'));
    assert.match(again.err, /nothing was embedded/);
  },
);

test('device: rank, embed and predict', { skip: noWebgpu }, async () => {
  const ranked = await bench('rank', ...scored, '--estimator', 'knn', '--curves=false', '--device', 'webgpu', '--out', out('rank'));
  assert.equal(ranked.status, 0, ranked.err);
  assert.match(readFileSync(path.join(out('run'), 'results.md'), 'utf8'), /Device: webgpu for .*; else the CPU\./);
  assert.deepEqual(
    (await readEstimates(path.join(out('rank'), 'estimates.csv'))).map(({ device }) => device),
    ['webgpu'],
  );
  const written = await bench('embed', '--model', model, '--device', 'webgpu', '--input', texts, '--out', out('webgpu.npy'));
  assert.equal(written.status, 0, written.err);
  assert.equal((await bench('embed', '--model', model, '--input', texts, '--out', out('cpu.npy'))).status, 0);
  const [card, cpu] = ['webgpu.npy', 'cpu.npy'].map((file) => readFileSync(out(file)));
  assert.equal(card!.length, cpu!.length);
  assert.ok(!card!.equals(cpu!), 'a card rounds differently');
  const predicted = await bench('predict', '--model', model, '--dataset', data, '--device', 'webgpu', '--input', texts);
  assert.equal(predicted.status, 0, predicted.err);
  assert.match(predicted.out, /^a cat,animal,/m);
});
