import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { TINY_VOCABULARY } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

/** Shards of a ranking and of trainings, merged: those of `run` are in results.spec.ts. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const lineOf = (i: number): string =>
  `${['animal', 'place', 'person'][i % 3]},"${WORDS[i % 7]} ${WORDS[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?",` +
  ['train', 'train', 'train', 'dev', 'test'][i % 5];
const DATA = [70, 50].flatMap((size, at) => {
  const file = path.join(root, `corpus-${at}.csv`);
  writeFileSync(file, `label,text,split\n${Array.from({ length: size }, (_, i) => lineOf(i)).join('\n')}\n`);
  return ['--dataset', file];
});
const COLUMNS = ['--text-column', 'text', '--label-column', 'label', '--split-column', 'split'];
const MODELS = ['gelu', 'relu'].flatMap((activation) => {
  const folder = writeTinyCheckpoint(path.join(root, activation), { config: { ...TINY_CONFIG, hidden_act: activation } });
  writeFileSync(path.join(folder, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);
  return ['--model', folder];
});
const ALL = [...MODELS, ...DATA, ...COLUMNS, '--max-length', '12'];
/** On a single dataset: trainings are written to disk, epoch by epoch. */
const ONE = [...MODELS, ...DATA.slice(0, 2), ...COLUMNS, '--max-length', '12'];
const TRAINING = ['--epochs', '1', '--objective', 'classic', '--batch-size', '16'];
const TRAINED = ['results.csv', 'training.csv'];

const at = (name: string, part: string): string => path.join(root, name.replaceAll(' ', ''), part);

function results(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(csv|md|jsonl)$/.test(name));
  const same = names.filter((name) => name !== 'timings.csv' && name !== 'costs.csv').toSorted();
  return Object.fromEntries(same.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

function requestOf(folder: string): object {
  const { request } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as { request: object };
  assert.ok(typeof request === 'object', folder);
  return request;
}

for (const { name, args, wanted } of [
  { name: 'rank', args: ['rank', ...ALL], wanted: ['estimates.csv'] },
  { name: 'finetune', args: ['finetune', ...ONE, ...TRAINING, '--pooling', 'mean', '--seed', '1,2'], wanted: TRAINED },
  { name: 'run --finetune', args: ['run', '--finetune', ...ONE, ...TRAINING, '--pooling', 'mean,cls'], wanted: TRAINED },
]) {
  test(`${name}: parts that are put together are the bytes of the whole`, async () => {
    const make = (part: string, more: readonly string[], own: string) =>
      bench([...args, ...more, '--out', at(name, part), '--offline', '--quiet'], { cache: own });
    const straight = await make('whole', [], cache);
    assert.equal(straight.status, 0, straight.err);
    for (const index of [1, 2]) {
      const { status, err } = await make(`part-${index}`, ['--shard', `${index}/2`], path.join(root, `machine-${index}`));
      assert.equal(status, 0, err);
    }
    const parts = [at(name, 'part-1'), at(name, 'part-2')];
    const { status, out, err } = await bench(['merge', ...parts, '--out', at(name, 'merged')], { cache });
    assert.equal(status, 0, err);
    assert.equal(out.includes('No cell'), false);
    const merged = results(at(name, 'merged'));
    assert.deepEqual(merged, results(at(name, 'whole')));
    for (const file of wanted) {
      assert.ok(Object.hasOwn(merged, file), file);
      for (const index of [1, 2]) assert.notEqual(results(at(name, `part-${index}`))[file], merged[file], `${file} of part ${index}`);
    }
    assert.deepEqual(requestOf(at(name, 'merged')), requestOf(at(name, 'whole')));
    const part = at(name, 'part-1');
    const before = results(part);
    const refused = await bench(['merge', ...parts, '--out', part], { cache });
    assert.equal(refused.status, 2);
    assert.match(refused.err, /It is one of the shards/);
    assert.deepEqual(results(part), before);
  });
}
