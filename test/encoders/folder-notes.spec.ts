import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderNotes } from '../../src/encoders/folder-notes.ts';
import { temporaryFolder } from '../temporary.ts';

async function notesOf(values: object | undefined): Promise<string[]> {
  const folder = temporaryFolder();
  if (values !== undefined) writeFileSync(path.join(folder, 'config_sentence_transformers.json'), JSON.stringify(values));
  return folderNotes({ folder, inner: folder });
}

test('folder notes: a prompt that the makers put before every text, for poolings that go without', async () => {
  assert.deepEqual(await notesOf({ prompts: { q: 'query: ' }, default_prompt_name: 'q' }), [
    'Its makers put "query: " before every text (config_sentence_transformers.json); here texts are run without.',
  ]);
});

test('folder notes: prompts that are not for every text, and empty ones, are none', async () => {
  for (const values of [
    undefined,
    {},
    { prompts: { q: 'query: ' } },
    { prompts: { q: '' }, default_prompt_name: 'q' },
    { prompts: { q: 'query: ' }, default_prompt_name: null },
  ])
    assert.deepEqual(await notesOf(values), []);
});
