import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeRandomEncoder } from '../../perf/card/random-encoder.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { driverVariables, noWebgpu } from '../webgpu.ts';
import { spawnBench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = ownOracle('bert-uncased');
const texts = path.join(root, 'texts.txt');
// Some two thousand tokens: two batches, or one.
const words = [...'abcdefghi'];
writeFileSync(texts, words.flatMap((a) => words.flatMap((b) => ['cat', 'dog', 'sea', 'hat'].map((c) => `the ${c} ${a} ${b}\n`))).join(''));

/** A folder with an nvidia-smi that says this of its only card, and counts how often it is asked. */
function nvidiaSmi(name: string, said: string): { readonly folder: string; readonly calls: () => number } {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const file = path.join(folder, 'nvidia-smi');
  const log = path.join(folder, 'calls');
  writeFileSync(log, '');
  writeFileSync(file, `#!/bin/sh\necho called >> '${log}'\n${said}\n`);
  chmodSync(file, 0o755);
  return { folder, calls: () => readFileSync(log, 'utf8').split('\n').length - 1 };
}

const withCard = (folder: string, ...args: string[]) =>
  spawnBench([...args, '--offline'], { cache, env: { ...driverVariables(), PATH: `${folder}${path.delimiter}${process.env['PATH']}` } });

test('device memory: batches follow what is free on the card, and vectors keep their bits', { skip: noWebgpu }, async () => {
  const cards = {
    small: nvidiaSmi('small', "echo '0, GPU-1, [N/A], 1024, 1'"),
    large: nvidiaSmi('large', "echo '0, GPU-1, [N/A], 81559, 81000'"),
    failing: nvidiaSmi('failing', 'echo No devices were found; exit 6'),
  };
  const embedded: Record<string, Buffer> = {};
  const lines: Record<string, string | undefined> = {};
  for (const [name, { folder, calls }] of Object.entries(cards)) {
    const out = path.join(root, `${name}.npy`);
    const place = path.join(root, `cache-${name}`);
    const args = ['embed', '--model', model, '--device', 'webgpu', '--input', texts, '--out', out, '--verbose'];
    const { status, err } = await withCard(folder, ...args, '--cache', place);
    assert.equal(status, 0, err);
    assert.equal(calls(), 1, 'a process asks once');
    embedded[name] = readFileSync(out);
    lines[name] = /^bert-uncased: batches of up to .*$/m.exec(err)?.[0];
  }
  assert.deepEqual(lines, {
    small:
      "bert-uncased: batches of up to 1024 tokens in texts of 32, 1024 tokens in texts of 512, for 1.0 MB that are free of the card's 1.1 GB.",
    large:
      "bert-uncased: batches of up to 65536 tokens in texts of 32, 65536 tokens in texts of 512, for 84.9 GB that are free of the card's 85.5 GB.",
    failing: "bert-uncased: batches of up to 16384 tokens, as the card's memory is unknown.",
  });
  assert.ok(embedded['small']!.equals(embedded['large']!) && embedded['small']!.equals(embedded['failing']!));
});

test('device memory: nothing is asked for the CPU, and nothing said where the user decides', { skip: noWebgpu }, async () => {
  const { folder, calls } = nvidiaSmi('unasked', "echo '0, GPU-1, [N/A], 1024, 1'");
  const args = ['embed', '--model', model, '--input', texts, '--out', path.join(root, 'unasked.npy'), '--verbose'];
  assert.equal((await withCard(folder, ...args)).status, 0);
  assert.equal(calls(), 0);
  const own = await withCard(folder, ...args, '--device', 'webgpu', '--token-budget', '2048');
  assert.equal(own.status, 0, own.err);
  assert.doesNotMatch(own.err, /batches of up to/);
});

test('device memory: a training that never fits is refused', { skip: noWebgpu }, async () => {
  const { folder } = nvidiaSmi('tiny', "echo '0, GPU-1, [N/A], 1, 1'");
  const shape = { name: 'wide', layers: 2, width: 48, heads: 4, inner: 96, vocabulary: 2000 };
  const wide = writeRandomEncoder(path.join(root, 'wide'), { shape, texts: ['a b c d e f'] });
  const data = path.join(root, 'topics.csv');
  writeFileSync(
    data,
    `label,text\n${Array.from({ length: 24 }, (_, i) => `${'ab'[i % 2]},${'abcdef'[i % 6]} ${'abc'[i % 3]}`).join('\n')}\n`,
  );
  const args = ['finetune', '--dataset', data, '--epochs', '1', '--device', 'webgpu', '--out', path.join(root, 'finetuned')];
  const { status, err } = await withCard(folder, ...args, '--model', wide);
  assert.notEqual(status, 0);
  assert.match(
    err,
    /wide: Fine-tuning takes 2\.1 MB on the card \(weights, gradients and AdamW's two moments, all float32\), which has 1\.0 MB of memory\. Freeze more of it \(--freeze\), use a smaller encoder, or --device cpu\./,
  );
});
