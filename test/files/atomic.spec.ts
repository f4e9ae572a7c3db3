import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeAtomically } from '../../src/files/atomic.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();

test('atomic: many writers at once, and the file is always one of them', async () => {
  const file = path.join(root, 'a');
  await Promise.all(Array.from({ length: 20 }, (_, i) => writeAtomically(file, String(i).repeat(10_000))));
  assert.match(readFileSync(file, 'utf8'), /^(\d+)\1{9999}$/);
  assert.deepEqual(readdirSync(root), ['a']);
});

test('atomic: parts are written one after the other', async () => {
  const file = path.join(root, 'parts');
  await writeAtomically(file, [Buffer.from('ab'), new Uint8Array(), Buffer.from('c'.repeat(1 << 20)), Buffer.from('d')]);
  assert.equal(readFileSync(file, 'utf8'), `ab${'c'.repeat(1 << 20)}d`);
  await writeAtomically(file, []);
  assert.equal(readFileSync(file, 'utf8'), '');
});

test('atomic: a link stays a link, and a mode stays', async () => {
  const target = path.join(root, 'target');
  writeFileSync(target, 'old', { mode: 0o640 });
  symlinkSync(target, path.join(root, 'link'));
  await writeAtomically(path.join(root, 'link'), 'new');
  assert.equal(readFileSync(target, 'utf8'), 'new');
  assert.equal(statSync(target).mode & 0o777, 0o640);
});

test('atomic: a folder that is not there is what the system says of it', async () => {
  await assert.rejects(writeAtomically(path.join(root, 'no', 'file'), 'x'), { code: 'ENOENT' });
});

const small = spawnSync('unshare', ['-rm', 'true']).status === 0;

test(
  'atomic: of a disk that fills amid the data, the file stays what it was',
  { skip: small ? false : 'needs unshare, to mount a small disk' },
  () => {
    const folder = path.join(root, 'small');
    mkdirSync(folder);
    const program = `
    const { writeAtomically } = await import(${JSON.stringify(new URL('../../src/files/atomic.js', import.meta.url).href)});
    await writeAtomically(process.argv[1], 'x'.repeat(20_000));
    await writeAtomically(process.argv[1], 'y'.repeat(20_000)).catch((error) => console.log(error.code));
    await writeAtomically(process.argv[1], ['y', 'z'].map((each) => Buffer.from(each.repeat(10_000)))).catch((error) => console.log(error.code));
    const { readFileSync, readdirSync } = await import('node:fs');
    console.log(readFileSync(process.argv[1], 'utf8') === 'x'.repeat(20_000), readdirSync(process.argv[2]).join());`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [
        '-rm',
        'bash',
        '-c',
        'mount -t tmpfs -o size=32k tmpfs "$1" && "${@:2}"',
        'bash',
        folder,
        process.execPath,
        '--input-type=module',
        '-e',
        program,
        path.join(folder, 'file'),
        folder,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(stdout, 'ENOSPC\nENOSPC\ntrue file\n', stderr);
  },
);
