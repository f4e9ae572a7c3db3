import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { archiveFiles } from '../../src/datasets/archive.ts';
import { temporaryFolder } from '../temporary.ts';
import { crafted, craftedTar, pax, type Entry } from '../sources/tarballs.ts';
import { rejectsWith, writeFiles } from './support.ts';

const HINT = 'Download the published archive again.';
const LIMITS = { maxBytes: 1000, maxFiles: 3 };

async function packed(files: Readonly<Record<string, string>>, link?: string): Promise<string> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  if (link !== undefined) symlinkSync(link, path.join(folder, 'link'));
  const file = path.join(temporaryFolder(), 'a.tar.gz');
  await create({ file, cwd: folder, gzip: true }, [...Object.keys(files), ...(link === undefined ? [] : ['link'])]);
  return file;
}

/** A malicious archive. */
function hostile(...entries: Entry[]): string {
  return written(crafted(entries));
}

function written(bytes: Buffer): string {
  const file = path.join(temporaryFolder(), 'a.tar');
  writeFileSync(file, bytes);
  return file;
}

const read = (file: string) => archiveFiles({ path: file, name: 'a.tar.gz', ...LIMITS });

test('archive: files with their bytes', async () => {
  const files = await read(await packed({ 'x/one': 'é', 'x/two': '' }));
  assert.deepEqual(
    files.map(({ path: name, bytes }) => [name, bytes.toString()]),
    [
      ['x/one', 'é'],
      ['x/two', ''],
    ],
  );
});

test('archive: more bytes or files than the limits are refused', async () => {
  await rejectsWith(
    read(await packed({ a: 'x'.repeat(600), b: 'x'.repeat(600) })),
    'FORMAT',
    'a.tar.gz: The archive holds more than 1000 bytes. Download the published archive again.',
  );
  await rejectsWith(
    read(await packed({ a: '1', b: '2', c: '3', d: '4' })),
    'FORMAT',
    'a.tar.gz: The archive holds more than 3 files. Download the published archive again.',
  );
});

test('archive: a link is refused', async () => {
  await rejectsWith(
    read(await packed({ a: '1' }, '/etc/hostname')),
    'FORMAT',
    'a.tar.gz: link is a SymbolicLink, not a file. Download the published archive again.',
  );
});

test('archive: a path that leads out is refused', async () => {
  await rejectsWith(
    read(hostile({ path: '../evil', text: 'hi' })),
    'FORMAT',
    'a.tar.gz: ../evil points outside the archive. Download the published archive again.',
  );
  await rejectsWith(
    read(hostile({ path: '/evil', text: 'hi' })),
    'FORMAT',
    'a.tar.gz: /evil points outside the archive. Download the published archive again.',
  );
  await rejectsWith(
    read(hostile({ path: 'x\\..\\evil', text: 'hi' })),
    'FORMAT',
    'a.tar.gz: x\\..\\evil points outside the archive. Download the published archive again.',
  );
});

test('archive: a path that leads out is refused where a pax header says it, and behind a NUL is nothing', async () => {
  await rejectsWith(
    read(hostile(pax('path', 'x/../../evil'), { path: 'good', text: 'hi' })),
    'FORMAT',
    `a.tar.gz: x/../../evil points outside the archive. ${HINT}`,
  );
  assert.deepEqual(
    (await read(hostile(pax('path', 'good\0/../../evil'), { path: 'x', text: 'hi' }))).map((file) => file.path),
    ['good'],
  );
});

for (const type of ['SymbolicLink', 'Link', 'CharacterDevice', 'BlockDevice', 'FIFO'] as const) {
  test(`archive: a ${type} is refused`, () =>
    rejectsWith(
      read(hostile({ path: 'a', text: 'hi' }, { path: 'odd', type, ...(type.endsWith('Link') ? { linkpath: 'a' } : {}) })),
      'FORMAT',
      `a.tar.gz: odd is a ${type}, not a file. ${HINT}`,
    ));
}

test('archive: two files of one name are refused', () =>
  rejectsWith(
    read(hostile({ path: 'a', text: '1' }, { path: 'a', text: '2' })),
    'FORMAT',
    `a.tar.gz: The archive contains a twice. ${HINT}`,
  ));

test('archive: a size that a header makes up is refused before a byte of it is kept', async () => {
  await rejectsWith(
    read(hostile({ path: 'a', text: 'hi', size: 2 ** 40 })),
    'FORMAT',
    `a.tar.gz: The archive holds more than 1000 bytes. ${HINT}`,
  );
  await rejectsWith(
    read(hostile(pax('size', String(2 ** 40)), { path: 'a', text: 'hi' })),
    'FORMAT',
    `a.tar.gz: The archive holds more than 1000 bytes. ${HINT}`,
  );
});

test('archive: one that unpacks to far more than it is, is refused', async () => {
  await rejectsWith(
    read(written(gzipSync(craftedTar([{ path: 'a', text: '\0'.repeat(64 << 20) }]), { level: 9 }))),
    'FORMAT',
    `a.tar.gz: The archive holds more than 1000 bytes. ${HINT}`,
  );
});

test('archive: folders without end are refused', () =>
  rejectsWith(
    read(hostile(...Array.from({ length: 13 }, (_, i): Entry => ({ path: `d${i}/`, type: 'Directory' })))),
    'FORMAT',
    `a.tar.gz: The archive holds more than 12 entries. ${HINT}`,
  ));

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
  assert.deepEqual(
    (await read(file)).map(({ path: name }) => name),
    ['a'],
  );
  assert.ok(performance.now() - started < 2000);
});
