import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readJson, readJsonObject } from '../../src/encoders/json-file.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const file = path.join(root, 'config.json');

test('small files: one that is not there says nothing', async () => {
  assert.equal(await readJsonObject(path.join(root, 'nowhere.json')), undefined);
  assert.equal(await readJson(path.join(root, 'nowhere', 'config.json')), undefined);
});

for (const [text, what] of [
  ['[1]', '[1]'],
  ['null', 'null'],
  ['"bert"', '"bert"'],
  ['3', '3'],
] as const) {
  test(`small files: ${text} where an object is wanted is refused, not passed over`, async () => {
    writeFileSync(file, text);
    await assert.rejects(readJsonObject(file), {
      code: 'FORMAT',
      message: `${file}: Expected an object, got ${what}. Download it again.`,
    });
  });
}

test('small files: what cannot be read is refused, not passed over', async () => {
  const folder = path.join(root, 'modules.json');
  mkdirSync(folder);
  await assert.rejects(readJson(folder), {
    code: 'SOURCE',
    message: `${folder}: Cannot be read (EISDIR: illegal operation on a directory, read). Replace it with the actual file, or download the encoder again.`,
  });
});
