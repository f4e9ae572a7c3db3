import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../src/files/make-folder.ts';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();

test('make-folder: with those above it; what is there stays; at once by several', async () => {
  const deep = path.join(root, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(deep)));
  writeFileSync(path.join(deep, 'file'), 'kept');
  await makeFolder(`${deep}${path.sep}`);
  assert.ok(statSync(path.join(deep, 'file')).isFile());
});

test('make-folder: a file, or a link to nowhere, in its way', async () => {
  const file = path.join(root, 'file');
  writeFileSync(file, '');
  await assert.rejects(makeFolder(file), { code: 'EEXIST' });
  await assert.rejects(makeFolder(path.join(file, 'below')), { code: 'ENOTDIR' });
  if (process.platform === 'win32') return;
  symlinkSync(path.join(root, 'nowhere'), path.join(root, 'link'));
  await assert.rejects(makeFolder(path.join(root, 'link', 'below')), { code: 'ENOENT' });
});

test(
  'make-folder: a folder that cannot hold another gives an error, without endless retries',
  { skip: process.platform !== 'linux' && 'no /proc' },
  async () => {
    await assert.rejects(makeFolder('/proc/none/below'), { code: 'ENOENT' });
  },
);

test('make-folder: nothing else makes folders with those above', () => {
  for (const room of ['src', 'bench']) {
    for (const file of readdirSync(path.join(packageRoot(), room), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )) {
      assert.doesNotMatch(readFileSync(path.join(packageRoot(), room, file), 'utf8'), /mkdir(?:Sync)?\([^\n]*recursive/, file);
    }
  }
});
