import assert from 'node:assert/strict';
import { readFileSync, realpathSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChecksumNotes } from '../../src/sources/checksum.ts';
import { sha256, temporary } from './server.ts';

/** Longer than the resolution of a file system's clock. */
const SETTLED_MS = 60;

for (const [how, change] of [
  ['written in place', (file: string, text: string) => writeFileSync(file, text)],
  [
    'renamed over it',
    (file: string, text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
  ],
] as const) {
  test(`checksum: other bytes of the same size and time, ${how}, are noticed, by this process and by the next`, async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'model.safetensors');
    const times = new Date(1_700_000_000_000);
    writeFileSync(file, 'one');
    utimesSync(file, times, times);
    await sleep(SETTLED_MS);
    const notes = new ChecksumNotes(folder);
    assert.equal((await notes.of(file)).sha256, sha256('one'));
    await notes.save();
    change(file, 'two');
    utimesSync(file, times, times);
    assert.deepEqual([statSync(file).size, statSync(file).mtimeMs], [3, times.getTime()]);
    for (const each of [notes, new ChecksumNotes(folder)]) assert.equal((await each.of(file)).sha256, sha256('two'));
  });
}

test('checksum: a file that was changed a moment ago is not remembered, one at rest is', async (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'a');
  const noted = (): string[] => {
    try {
      return Object.keys(JSON.parse(readFileSync(path.join(folder, 'checksums.json'), 'utf8')) as object);
    } catch {
      return [];
    }
  };
  writeFileSync(file, 'one');
  await sleep(SETTLED_MS);
  for (const [tickMs, kept] of [
    [3_600_000, []],
    [20, [realpathSync(file)]],
  ] as const) {
    const notes = new ChecksumNotes(folder, { tickMs });
    await notes.of(file);
    await notes.save();
    assert.deepEqual(noted(), kept);
  }
});

test('checksum: a file just written, read by a link, is remembered as what the link leads to', async (t) => {
  const folder = temporary(t);
  const [file, link] = [path.join(folder, 'blob'), path.join(folder, 'link')];
  writeFileSync(file, 'one');
  symlinkSync(file, link);
  const notes = new ChecksumNotes(folder);
  assert.equal((await notes.of(link)).sha256, sha256('one'));
  await notes.save();
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(path.join(folder, 'checksums.json'), 'utf8')) as object), [realpathSync(file)]);
});

test('checksum: notes of an earlier version, by size and time alone, are not believed', async (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'a');
  writeFileSync(file, 'one');
  writeFileSync(
    path.join(folder, 'checksums.json'),
    JSON.stringify({ [file]: { bytes: 3, sha256: 'wrong', gitOid: 'wrong', modified: statSync(file).mtimeMs } }),
  );
  assert.equal((await new ChecksumNotes(folder).of(file)).sha256, sha256('one'));
});
