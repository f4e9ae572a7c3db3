import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { unpack, type Wanted } from '../../src/sources/npm/unpack.ts';
import { temporary } from './server.ts';
import { crafted, craftedTar, pax, type Entry } from './tarballs.ts';

const CSV = 'text,label\nhello,a\n';
const GOOD: Entry = { path: 'package/good.csv', text: CSV };

interface Tried {
  readonly folder: string;
  readonly work: Promise<void>;
}

/** Unpacks files of an archive into a new folder, inside another that must stay unchanged. */
function unpacked(
  t: TestContext,
  archive: Buffer,
  { wanted = [{ path: 'good.csv' }], maxEntries }: { wanted?: readonly Wanted[]; maxEntries?: number } = {},
): Tried {
  const folder = temporary(t);
  const tarball = path.join(folder, 'x.tgz');
  writeFileSync(tarball, archive);
  return { folder, work: unpack({ tarball, wanted, to: path.join(folder, 'to'), name: 'npm:x@1.0.0', maxEntries }) };
}

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
const refusal = (folder: string, why: string) => ({
  code: 'FORMAT',
  message: `npm:x@1.0.0: The archive cannot be unpacked (${why}). Remove ${path.join(folder, 'x.tgz')} and run again.`,
});

/** Entries besides a valid file, with names and types that must be ignored. */
const HOSTILE: readonly (readonly [what: string, ...entries: Entry[]])[] = [
  ['a path that leads out', { path: 'package/../../escaped.csv', text: 'x' }, { path: '../escaped.csv', text: 'x' }],
  ['an absolute path', { path: '/tmp/unpack-absolute.csv', text: 'x' }, { path: '//tmp/unpack-absolute.csv', text: 'x' }],
  ['a path with backslashes', { path: 'package\\..\\..\\escaped.csv', text: 'x' }, { path: 'package/..\\escaped.csv', text: 'x' }],
  ['a path of a pax header', pax('path', '../../escaped.csv'), { path: 'package/a.csv', text: 'x' }],
  ['a name with a NUL', pax('path', 'package/other.csv\0/../../escaped.csv'), { path: 'package/a.csv', text: 'x' }],
  [
    'a symbolic link to a folder, and a file behind it',
    { path: 'package/out', type: 'SymbolicLink', linkpath: '/tmp' },
    { path: 'package/out/unpack-absolute.csv', text: 'x' },
  ],
  ['a hard link', { path: 'package/hard.csv', type: 'Link', linkpath: '/etc/passwd' }],
  [
    'devices and a pipe',
    { path: 'package/c', type: 'CharacterDevice' },
    { path: 'package/b', type: 'BlockDevice' },
    { path: 'package/p', type: 'FIFO' },
  ],
];

for (const [what, ...entries] of HOSTILE) {
  test(`unpack: ${what} is skipped, and the requested file is taken`, async (t) => {
    const { folder, work } = unpacked(t, crafted([...entries, GOOD]));
    await work;
    assert.deepEqual(files(folder), ['to/good.csv', 'x.tgz']);
    assert.equal(readFileSync(path.join(folder, 'to', 'good.csv'), 'utf8'), CSV);
    assert.ok(!existsSync('/tmp/unpack-absolute.csv'));
  });
}

for (const type of ['SymbolicLink', 'Link', 'CharacterDevice', 'BlockDevice', 'FIFO', 'Directory'] as const) {
  test(`unpack: a ${type} in the place of the requested file is not a file`, async (t) => {
    const { folder, work } = unpacked(
      t,
      crafted([{ path: 'package/good.csv', type, ...(type.endsWith('Link') ? { linkpath: '/etc/passwd' } : {}) }]),
    );
    await assert.rejects(work, {
      code: 'SOURCE',
      message: 'npm:x@1.0.0: The package has no file good.csv. Correct the path in the registry entry, or its version.',
    });
    assert.deepEqual(files(folder), ['x.tgz']);
  });
}

test('unpack: two files of one name are refused, whichever was meant', async (t) => {
  const { folder, work } = unpacked(t, crafted([GOOD, { ...GOOD, text: 'other' }]));
  await assert.rejects(work, refusal(folder, 'it has two files good.csv'));
  const other = unpacked(t, crafted([GOOD, { path: 'other/good.csv', text: 'other' }]));
  await assert.rejects(other.work, refusal(other.folder, 'it has two files good.csv'));
});

test('unpack: a size that the header makes up is refused, whether or not it is known', async (t) => {
  const huge = unpacked(t, crafted([{ ...GOOD, size: 9 * 2 ** 30 }]));
  await assert.rejects(huge.work, refusal(huge.folder, 'it has more than 500000 entries or 8589934592 bytes'));
  const pinned = unpacked(t, crafted([GOOD]), { wanted: [{ path: 'good.csv', bytes: 7 }] });
  await assert.rejects(pinned.work, refusal(pinned.folder, `good.csv has ${CSV.length} bytes, expected 7`));
  const short = unpacked(t, crafted([{ ...GOOD, size: 100_000 }]));
  await assert.rejects(short.work, {
    code: 'FORMAT',
    message: /^npm:x@1\.0\.0: The archive cannot be unpacked \(.*\)\. Remove .*x\.tgz and run again\.$/,
  });
  for (const { folder } of [huge, pinned, short]) assert.deepEqual(files(folder), ['x.tgz']);
});

test('unpack: an archive that unpacks to far more than it is, is refused, and nothing is kept', async (t) => {
  const { folder, work } = unpacked(t, gzipSync(craftedTar([{ ...GOOD, text: '\0'.repeat(64 << 20) }]), { level: 9 }));
  await assert.rejects(work, {
    code: 'FORMAT',
    message:
      /^npm:x@1\.0\.0: The archive cannot be unpacked \(max decompression ratio exceeded: [\d.]+ > 1000\)\. Remove .*x\.tgz and run again\.$/,
  });
  assert.deepEqual(files(folder), ['x.tgz']);
});

test('unpack: entries without end are refused', async (t) => {
  const { folder, work } = unpacked(t, crafted(Array.from({ length: 51 }, (_, i) => ({ path: `package/${i}` }))), { maxEntries: 50 });
  await assert.rejects(work, refusal(folder, 'it has more than 50 entries or 8589934592 bytes'));
});
