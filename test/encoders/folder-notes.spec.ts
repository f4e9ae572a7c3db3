import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folderNotes } from '../../src/encoders/folder-notes.ts';
import { openTokenizer } from '../../src/encoders/tokenizers/open-tokenizer.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

/** For a folder whose tokenizer puts [CLS] and [SEP] around a text. */
async function notesOf(values: object | undefined): Promise<string[]> {
  const folder = temporaryFolder();
  writeTinyTokenizer(folder);
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', ...values };
  if (values !== undefined) writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  return folderNotes({ folder, inner: folder, tokenizer: await openTokenizer(folder) });
}

test('folder notes: a token that tokenizer_config.json wants around a text and that is not put there', async () => {
  assert.deepEqual(await notesOf({ add_eos_token: true, eos_token: { content: '[PAD]' }, add_bos_token: true, bos_token: '[CLS]' }), [
    'Its tokenizer_config.json asks for [PAD] behind every text (add_eos_token), but nothing else in the folder adds it: it is not added, as in transformers 5; custom code and older versions may add it.',
  ]);
});

test('folder notes: tokens that are there, or that nobody wants, need none', async () => {
  for (const values of [
    undefined,
    {},
    { add_eos_token: true, eos_token: '[SEP]' },
    { add_eos_token: false, eos_token: '[PAD]' },
    { add_bos_token: true, bos_token: null },
    { eos_token: '[PAD]' },
  ])
    assert.deepEqual(await notesOf(values), []);
});

test('folder notes: weights in the folder itself in addition to those that modules.json names', async () => {
  const folder = temporaryFolder();
  const inner = path.join(folder, '0_Transformer');
  mkdirSync(inner);
  writeTinyTokenizer(inner);
  writeFileSync(path.join(folder, 'model.safetensors'), readFileSync(path.join(inner, 'tokenizer.json')));
  assert.deepEqual(await folderNotes({ folder, inner, tokenizer: await openTokenizer(inner) }), [
    'It has two sets of weights: 0_Transformer is used, as its modules.json says; model.safetensors is ignored.',
  ]);
});
