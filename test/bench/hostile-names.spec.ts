import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

/** Names of files, columns and labels with terminal control sequences: every command prints them as text. */

const skip = process.platform === 'win32' && 'no such names of files';
const root = temporaryFolder();
const cache = path.join(root, 'ca\u001Bche');
const EVIL = '\u001B[31mx\u202E\u009B2J\nbench: forged ';
const plain = writeTinyEncoder(path.join(root, 'tiny'));
const model = path.join(root, `${EVIL}t`);
const data = path.join(root, `${EVIL}d.csv`);
const out = path.join(root, 'o\u001B[31mut');
const DATA = ['--dataset', data, '--text-column', 'text', '--label-column', 'la\u001Bbel\u202E', '--split-column', 'split', '--offline'];

test('hostile names: no command says them as they are', { skip }, async () => {
  cpSync(plain, model, { recursive: true });
  writeFileSync(
    data,
    `text,la\u001Bbel\u202E,split\n${Array.from({ length: 60 }, (_, i) => `${['what', 'who', 'where'][i % 3]} ${i} \u001B[2J,${['a\u001B[31m', '=b\u202E', 'c\u009B'][i % 3]},${['train', 'train', 'dev', 'test'][i % 4]}`).join('\n')}\n`,
  );
  for (const [status, ...args] of [
    [0, 'run', '--model', model, ...DATA, '--pooling', 'mean', '--out', out],
    [0, 'rank', '--model', model, '--model', plain, ...DATA, '--estimator', 'knn', '--curves=false', '--out', out],
    [0, 'show', '--out', out],
    [0, 'show', '--out', out, '--format', 'markdown'],
    [2, 'show', '--out', `${out}none`],
    [0, 'map', '--model', model, ...DATA, '--pooling', 'mean', '--out', out],
    [0, 'cache'],
    [2, 'run', '--model', `${model}none`, ...DATA],
    [2, 'models', '--models-file', `${data}none`],
    [2, EVIL],
    [2, 'run', `--${EVIL}`],
  ] as const) {
    const found = await bench(args, { cache });
    assert.equal(found.status, status, found.err);
    // A list of files is for programs: piped, it has the exact names.
    for (const text of args[0] === 'map' ? [found.err] : [found.out, found.err]) {
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u, args.join(' '));
      assert.equal(text.split('\n').filter((line) => line.startsWith('bench: forged')).length, 0, text);
    }
  }
  assert.ok(existsSync(path.join(out, 'results.csv')));
});
