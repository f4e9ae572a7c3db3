import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create, Header } from 'tar';
import { archiveFiles } from '../../src/datasets/archive.ts';
import { temporaryFolder } from '../temporary.ts';
import { rejectsWith, writeFiles } from './support.ts';

const LIMITS = { maxBytes: 1000, maxFiles: 3 };

async function packed(files: Readonly<Record<string, string>>, link?: string): Promise<string> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  if (link !== undefined) symlinkSync(link, path.join(folder, 'link'));
  const file = path.join(temporaryFolder(), 'a.tar.gz');
  await create({ file, cwd: folder, gzip: true }, [...Object.keys(files), ...(link === undefined ? [] : ['link'])]);
  return file;
}

/** One member of that path, as no honest program would pack it. */
function hostile(member: string): string {
  const block = Buffer.alloc(512 * 4);
  new Header({ path: member, type: 'File', size: 2, mode: 0o644 }).encode(block, 0);
  block.write('hi', 512);
  const file = path.join(temporaryFolder(), 'a.tar');
  writeFileSync(file, block);
  return file;
}

const read = (file: string) => archiveFiles({ path: file, name: 'a.tar.gz', ...LIMITS });

test('archive: files with their bytes', async () => {
  const files = await read(await packed({ 'x/one': 'é', 'x/two': '' }));
  assert.deepEqual(files.map(({ path: name, bytes }) => [name, bytes.toString()]), [['x/one', 'é'], ['x/two', '']]);
});

test('archive: more bytes or files than the limits are refused', async () => {
  await rejectsWith(read(await packed({ a: 'x'.repeat(600), b: 'x'.repeat(600) })), 'FORMAT', 'a.tar.gz: The archive holds more than 1000 bytes.');
  await rejectsWith(read(await packed({ a: '1', b: '2', c: '3', d: '4' })), 'FORMAT', 'a.tar.gz: The archive holds more than 3 files.');
});

test('archive: a link is refused', async () => {
  await rejectsWith(read(await packed({ a: '1' }, '/etc/hostname')), 'FORMAT', 'a.tar.gz: link is a SymbolicLink, not a file.');
});

test('archive: a path that leads out is refused', async () => {
  await rejectsWith(read(hostile('../evil')), 'FORMAT', 'a.tar.gz: ../evil leads out of the archive.');
  await rejectsWith(read(hostile('/evil')), 'FORMAT', 'a.tar.gz: /evil leads out of the archive.');
  await rejectsWith(read(hostile('x\\..\\evil')), 'FORMAT', 'a.tar.gz: x\\..\\evil leads out of the archive.');
});

test('archive: one that ends too early is refused', async () => {
  const file = await packed({ a: Array.from({ length: 90 }, (_, i) => (i * 7919) % 1009).join() });
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 40));
  await assert.rejects(read(file), { name: 'HarnessError', code: 'FORMAT', message: /^a\.tar\.gz: The archive cannot be read: / });
});

test('archive: megabytes behind the end are passed over', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { a: '1' });
  const file = path.join(temporaryFolder(), 'a.tar.gz');
  await create({ file: `${file}.tar`, cwd: folder }, ['a']);
  writeFileSync(file, gzipSync(Buffer.concat([readFileSync(`${file}.tar`), Buffer.alloc(60 << 20, 'x')])));
  const started = performance.now();
  assert.deepEqual((await read(file)).map(({ path: name }) => name), ['a']);
  assert.ok(performance.now() - started < 2000);
});
