import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkWritable } from '../../src/results/write.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();

test('writable: a folder that can be made or written is left as it was', async () => {
  await checkWritable(path.join(root, 'a', 'b', 'c'));
  assert.ok(!existsSync(path.join(root, 'a')));
  mkdirSync(path.join(root, 'there'));
  await checkWritable(path.join(root, 'there'));
  assert.deepEqual(readdirSync(path.join(root, 'there')), []);
});

test('writable: below a file there is no folder', async () => {
  writeFileSync(path.join(root, 'file'), '');
  const folder = path.join(root, 'file', 'x');
  await assert.rejects(checkWritable(folder), {
    message: `\`out\`: ${folder} cannot be written (${path.join(root, 'file')} is not a folder). Give another folder.`,
  });
});

for (const folder of ['/proc/x/y', '/sys/x']) {
  test(
    `writable: ${folder} is refused at once`,
    {
      skip: existsSync(path.dirname(folder)) || (folder === '/proc/x/y' && existsSync('/proc')) ? false : 'no such file system',
      timeout: 5000,
    },
    async () => {
      await assert.rejects(checkWritable(folder), (error: Error) => error.message.startsWith(`\`out\`: ${folder} cannot be written (E`));
    },
  );
}

test('writable: many that try the same new folder at once all may', async () => {
  const folder = path.join(root, 'new', 'one');
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 4 }, () => checkWritable(folder)));
});
