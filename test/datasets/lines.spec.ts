import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { blocks, lines } from '../../src/datasets/lines.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();

function file(content: string | Uint8Array) {
  const place = path.join(folder, 'file');
  writeFileSync(place, content);
  return { path: place, name: 'file', encoding: 'utf8' } as const;
}
const texts = (content: string | Uint8Array) => [...lines(file(content))].map(({ text }) => text);

test('lines: only "\\n" ends one; U+0085, U+2028, \\r, \\v, \\f are text', () => {
  assert.deepEqual(texts('a\u0085b\u2028c\rd\ve\ff\ng\r\n'), ['a\u0085b\u2028c\rd\ve\ff', 'g\r']);
});

test('lines: an empty line is one, the end of the last is none', () => {
  assert.deepEqual(texts('a\n\nb\n'), ['a', '', 'b']);
  assert.deepEqual(texts('a\n\nb'), ['a', '', 'b']);
  assert.deepEqual(texts(''), []);
  assert.deepEqual(texts('\n'), ['']);
});

test('lines: a byte order mark at the start is no text, elsewhere it is', () => {
  assert.deepEqual(texts('\ufeffa\n\ufeffb'), ['a', '\ufeffb']);
});

test('lines: what is longer than a block comes whole, and numbers count on', () => {
  const long = 'é'.repeat(1_500_000);
  const content = `first\n${long}\n${'x\n'.repeat(1_000_000)}last`;
  const all = [...lines(file(content))];
  assert.equal(all.length, 1_000_003);
  assert.equal(all[1]!.text, long);
  assert.deepEqual(all.at(-1), { text: 'last', number: 1_000_003 });
  assert.equal([...blocks(file(content))].join(''), content);
});

test('lines: a bad byte in a later block has its line', () => {
  const bytes = Buffer.concat([Buffer.from('0123456789\n'.repeat(300_000)), Buffer.from([0xff])]);
  assert.throws(() => texts(bytes), {
    message: 'file:300001: Byte 0xFF is not UTF-8. Save it as UTF-8, or list it in a registry with its encoding (latin1, windows-1252).',
  });
});

test('lines: unreadable input gives a one-line error', () => {
  assert.throws(() => [...lines({ path: folder, name: 'train.csv', encoding: 'utf8' })], {
    name: 'HarnessError',
    message: 'train.csv: Cannot be read (EISDIR: illegal operation on a directory, read).',
  });
});

test('lines: a line that no text is as long as ends the reading, so that memory stays bounded', () => {
  const place = path.join(folder, 'sparse');
  writeFileSync(place, 'a\n');
  truncateSync(place, 300 << 20);
  assert.throws(() => [...lines({ path: place, name: 'sparse.csv', encoding: 'utf8' })].length, {
    name: 'HarnessError',
    message: 'sparse.csv:2: The line has more than 256 MiB. Check that the file has the format of its extension.',
  });
});
