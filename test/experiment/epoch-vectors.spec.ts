import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochFile, fileName } from '../../src/experiment/epoch-vectors.ts';

test('file names: ASCII as ever', () => {
  for (const [name, file] of [
    ['trec6', 'trec6'],
    ['all-MiniLM-L6-v2@3', 'all-MiniLM-L6-v2@3'],
    ['../a b/c_d.e', '..-a-b-c_d.e'],
    ['x'.repeat(150), 'x'.repeat(150)],
  ])
    assert.equal(fileName(name!), file);
});

test('file names: other names of any script are other files, none too long, and each is the name of itself', () => {
  const names = [
    '数据',
    '文本',
    'данные',
    'данный',
    'हिंदी',
    'हिंदा',
    '😀',
    '🎉',
    'a/😀',
    'a/🎉',
    '\u202Eab',
    '\u202Dab',
    `${'数'.repeat(200)}a`,
    `${'数'.repeat(200)}b`,
    'e\u0301te\u0301',
  ];
  const files = names.map(fileName);
  assert.equal(new Set(files).size, names.length);
  assert.deepEqual([files[0], files[2], files.at(-1)], ['数据', 'данные', 'été']);
  for (const file of files) {
    assert.match(file, /^[\p{L}\p{M}\p{N}_.@-]+$/u);
    assert.ok(Buffer.byteLength(file) <= 100);
    assert.equal(fileName(file), file);
  }
  const run = { encoder: 'e', objective: 'cea', seed: 1, hash: 'abcdef0123' };
  assert.notEqual(epochFile('out', { ...run, dataset: '数据' }, 1), epochFile('out', { ...run, dataset: '文本' }, 1));
});
