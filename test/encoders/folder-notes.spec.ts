import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderNotes } from '../../src/encoders/folder-notes.ts';
import { temporaryFolder } from '../temporary.ts';

test('folder notes: weights above the transformer that modules.json names are not read, and named', async () => {
  const folder = temporaryFolder();
  const inner = path.join(folder, '0_Transformer');
  mkdirSync(inner);
  assert.deepEqual(await folderNotes({ folder, inner }), []);
  writeFileSync(path.join(folder, 'model.safetensors'), '');
  assert.deepEqual(await folderNotes({ folder, inner }), [
    'It has weights twice: those in 0_Transformer are read, as its modules.json says, and model.safetensors is not.',
  ]);
  assert.deepEqual(await folderNotes({ folder, inner: folder }), []);
});
