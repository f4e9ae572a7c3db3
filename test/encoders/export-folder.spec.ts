import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exportEncoder } from '../../src/encoders/export.ts';
import { checkFolder, writeFolder } from '../../src/encoders/export-folder.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const root = realpathSync(temporaryFolder());
const tiny = writeTinyCheckpoint(path.join(root, 'tiny'));
writeTinyTokenizer(tiny);
const at = (...parts: string[]) => path.join(root, ...parts);
const write = (out: string, overwrite = false) => exportEncoder({ name: 'tiny', folder: tiny, out, dtype: 'fp32', overwrite });
const isWhole = (folder: string) => existsSync(path.join(folder, 'onnx', 'model.onnx')) && existsSync(path.join(folder, 'tokenizer.json'));
/** The entries of the folder of exports, without the tiny encoder. */
const beside = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name !== 'tiny')
    .toSorted();

test('export folder: a slash at the end of its name means nothing, twice', async () => {
  mkdirSync(at('slash'));
  for (const overwrite of [false, true]) {
    await write(`${at('slash', 'trained')}/`, overwrite);
    assert.ok(isWhole(at('slash', 'trained')));
    assert.deepEqual(beside(at('slash')), ['trained']);
  }
});

test('export folder: parents are made, an empty folder is filled, a link to a folder stays one', async () => {
  await write(at('new', 'a', 'b'));
  mkdirSync(at('new', 'empty'));
  await write(at('new', 'empty'));
  symlinkSync('empty', at('new', 'link'));
  await write(at('new', 'link'), true);
  assert.deepEqual(beside(at('new')), ['a', 'empty', 'link']);
  for (const name of ['a/b', 'empty', 'link']) assert.ok(isWhole(at('new', name)));
});

mkdirSync(at('odd', 'mine'), { recursive: true });
writeFileSync(at('odd', 'mine', 'config.json'), '{}');
writeFileSync(at('odd', 'file'), 'x');
symlinkSync('nowhere', at('odd', 'dangling'));
await write(at('odd', 'kept'));
writeFileSync(at('odd', 'kept', 'notes.md'), 'mine');

for (const [what, out, message] of [
  [
    "something of the user's own",
    at('odd', 'mine'),
    'Its contents were not written by an export (no graph in onnx/ says so), and would be deleted. Give another folder.',
  ],
  [
    "an export with a file of the user's in it",
    at('odd', 'kept'),
    'It contains "notes.md", which no export wrote, and would be deleted. Give another folder.',
  ],
  ['a file', at('odd', 'file'), 'It is a file. Give another folder.'],
  ['a link that leads nowhere', at('odd', 'dangling'), 'It is a broken symbolic link. Give another folder.'],
  ['the current folder', '.', 'It is the current directory or one of its parents, and would be replaced. Give another folder.'],
  ['the folder above', '..', 'It is the current directory or one of its parents, and would be replaced. Give another folder.'],
  [
    'the current folder by its whole path',
    `${process.cwd()}/`,
    'It is the current directory or one of its parents, and would be replaced. Give another folder.',
  ],
  ['the root', '/', 'It is the current directory or one of its parents, and would be replaced. Give another folder.'],
] as const) {
  test(`export folder: ${what} is not replaced, with --overwrite neither`, async () => {
    await assert.rejects(write(out, true), { code: 'OUTPUT', message: `${out}: ${message}` });
    await assert.rejects(checkFolder({ out, overwrite: true }), { code: 'OUTPUT' });
    assert.equal(readFileSync(at('odd', 'kept', 'notes.md'), 'utf8'), 'mine');
    assert.deepEqual(beside(at('odd')), ['dangling', 'file', 'kept', 'mine']);
  });
}

test('export folder: without --overwrite nothing is replaced', async () => {
  await assert.rejects(write(at('slash', 'trained')), {
    code: 'OUTPUT',
    message: `${at('slash', 'trained')}: It already exists. Give another folder, or \`overwrite\`.`,
  });
});

test('export folder: below a file it cannot be', async () => {
  await assert.rejects(write(at('odd', 'file', 'x')), { code: 'OUTPUT', message: /^.*file\/x: It cannot be written \(ENOTDIR: / });
});

test('export folder: one that fails while writing leaves the old one, and nothing else', async () => {
  const out = at('slash', 'trained');
  await assert.rejects(
    writeFolder({ out, overwrite: true }, async (part) => {
      writeFileSync(path.join(part, 'half'), 'x');
      await Promise.reject(new Error('the disk is full'));
    }),
    { code: 'OUTPUT', message: `${out}: It cannot be written (the disk is full).` },
  );
  assert.ok(isWhole(out));
  assert.deepEqual(beside(at('slash')), ['trained']);
});

test('export folder: what a run put aside that was killed before the new one had its name is put back', async () => {
  mkdirSync(at('killed'));
  const out = at('killed', 'trained');
  await write(out);
  writeFileSync(path.join(out, 'mark.txt'), 'old');
  renameSync(out, `${out}.0a1b2c3d.part.old`);
  mkdirSync(`${out}.0a1b2c3d.part`);
  await assert.rejects(write(out), { code: 'OUTPUT', message: /It already exists/ });
  assert.equal(readFileSync(path.join(out, 'mark.txt'), 'utf8'), 'old');
  // The partial file may belong to another run in progress.
  assert.deepEqual(beside(at('killed')), ['trained', 'trained.0a1b2c3d.part']);
});

test("export folder: what a run put aside that was killed before it removed it is removed; folders of one's own by like names stay", async () => {
  mkdirSync(at('aside'));
  const out = at('aside', 'trained');
  await write(out);
  for (const name of ['trained.0a1b2c3d.part.old', 'trained.old', 'trained.part']) mkdirSync(at('aside', name));
  await write(out, true);
  assert.deepEqual(beside(at('aside')), ['trained', 'trained.old', 'trained.part']);
});
