import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { studyDataset, studyTables, type StudyParams } from '../../../perf/study/cuts-work.ts';
import { bench } from '../../bench/bench.ts';
import { temporaryFolder } from '../../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../tiny-checkpoint.ts';
import { TINY_VOCABULARY } from '../../tiny-encoder.ts';

const root = temporaryFolder();
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const splits = ['train', 'train', 'train', 'dev', 'test'];
const lineOf = (i: number): string =>
  `${['animal', 'place', 'person'][i % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${i % 13}?,${splits[i % 5]}`;
const data = path.join(root, 'data.csv');
writeFileSync(data, `label,text,split\n${Array.from({ length: 120 }, (_, i) => lineOf(i)).join('\n')}\n`);
const encoders = ['gelu', 'relu', 'gelu_new'].map((activation) => {
  const folder = writeTinyCheckpoint(path.join(root, activation), { config: { ...TINY_CONFIG, hidden_act: activation } });
  writeFileSync(path.join(folder, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);
  return folder;
});

const ours = (name: string): string => path.join(root, 'ours', name);
const theirs = (name: string): string => path.join(root, 'theirs', name);
const params: StudyParams = {
  out: ours('out'),
  ladder: ours('samples'),
  opened: { encoders, maxLength: 12, splitColumn: 'split' },
  limit: { train: 60, dev: 20, test: 20 },
  sizes: [30],
  seeds: [1, 2],
  training: { objective: ['classic'], pooling: 'mean', epochs: 1, batchSize: 16, lr: 2e-4 },
  surroundings: { cache: ours('cache'), offline: true, threads: 1 },
  say: () => undefined,
};

function results(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(csv|md|jsonl)$/.test(name));
  const same = names.filter((name) => name !== 'costs.csv').toSorted();
  return Object.fromEntries(same.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

test('study: what it writes is what the commands write', async () => {
  await studyDataset(data, params);
  const chosen = ['--encoders', encoders.join(','), '--datasets', data, '--max-length', '12', '--split-column', 'split'];
  const command = async (name: string, ...more: string[]): Promise<void> => {
    const { status, err } = await bench([name, ...chosen, ...more, '--offline', '--threads', '1', '--quiet'], { cache: theirs('cache') });
    assert.equal(status, 0, err);
  };
  const estimator = 'knn,consistency,centroid,linear-probe,logme,hscore,silhouette';
  const [poolings, few] = ['cls,mean,cls-layermean,layermean', 'mean,layermean'];
  await command('rank', '--limit', 'train=60,dev=0,test=0', '--estimator', estimator, '--pooling', poolings, '--out', theirs('out'));
  for (const seed of ['1', '2']) {
    const sample = ['--limit', 'train=30,dev=0,test=0', '--seed', seed];
    await command('rank', ...sample, '--pooling', few, '--curves=false', '--out', theirs('samples'));
  }
  const training = ['--pooling', 'mean', '--epochs', '1', '--batch-size', '16', '--lr', '2e-4', '--objective', 'classic'];
  await command('finetune', '--limit', 'train=60,dev=20,test=20', ...training, '--only-missing', '--out', theirs('out'));
  const tables = ['estimates.csv', path.join('examples', 'data.jsonl'), 'results.csv', 'results.md', 'training.csv'];
  assert.deepEqual(Object.keys(results(ours('out'))), tables);
  assert.deepEqual(results(ours('out')), results(theirs('out')));
  assert.deepEqual(results(ours('samples')), results(theirs('samples')));
  await studyTables(params);
  for (const name of ['agreement.md', 'agreement.csv', 'agreement.svg', 'pairs.md', 'sample-sizes.md']) {
    assert.ok(existsSync(path.join(ours('out'), name)), name);
  }
  const { out: agreement } = await bench(['agree', theirs('out'), '--format', 'markdown'], { cache: theirs('cache') });
  assert.equal(readFileSync(path.join(ours('out'), 'agreement.md'), 'utf8'), agreement);
});
