import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openInput, type InputParams } from '../../../src/datasets/input/open-input.ts';
import { isFault } from '../../../src/datasets/table.ts';

/** A stream that arrives once, in the given pieces. */
function stream(...pieces: (string | Uint8Array)[]): Readable {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}

async function read(from: Readable, params: Partial<InputParams> = {}) {
  const notes: string[] = [];
  const { format, header, rows } = await openInput({ from, note: (sentence) => notes.push(sentence), ...params });
  const found: (readonly [string, unknown] | string)[] = [];
  for await (const row of rows) found.push(isFault(row) ? `${row.at}: ${row.what}` : [row.text, row.label]);
  return { format, header, found, notes };
}

/** The beginning of standard input, the request, the detected format, and its texts. */
const BEGINNINGS: readonly (readonly [string, string | Uint8Array, Partial<InputParams>, string, readonly unknown[]])[] = [
  ['lines', 'who\nwhat, else\n', {}, 'lines', ['who', 'what, else']],
  ['lines: blank ones are texts', '\nwho\n\n', {}, 'lines', ['', 'who', '']],
  ['lines that begin like a list', '[PAD] who\n', {}, 'lines', ['[PAD] who']],
  ['commas', 'n,text\n1,who\n', {}, 'csv', ['who']],
  ['quoted names', '"n","text"\n1,"who\nis"\n', {}, 'csv', ['who\nis']],
  ['semicolons', 'n;text\n1;who\n', {}, 'csv', ['who']],
  ['bars', 'n|text\n1|who\n', {}, 'csv', ['who']],
  ['tabs', 'n\ttext\n1\twho\n', {}, 'tsv', ['who']],
  ['one column', 'text\nwho\n', {}, 'csv', ['who']],
  ['a column by name', 'question\nwho\n', { textColumn: 'question' }, 'csv', ['who']],
  ['JSON lines', '{"text":"who"}\n', {}, 'jsonl', ['who']],
  ['a JSON line with lists in it', '{"text":"who","of":[{"a":1}],"n":[1]}', {}, 'jsonl', ['who']],
  ['a JSON line behind a byte order mark', '\uFEFF{"text":"who","of":{"a":1}}\n', {}, 'jsonl', ['who']],
  ['a JSON list', ' [{"text":"who"}]', {}, 'json', ['who']],
  ['gzip', gzipSync('n,text\n1,who\n'), {}, 'csv', ['who']],
  ['a byte order mark', '\uFEFFtext,n\nwho,1\n', {}, 'csv', ['who']],
  ['UTF-16', Buffer.from('\uFEFFtext,n\r\nwho,é\r\n', 'utf16le'), {}, 'csv', ['who']],
  ['what is said', 'text\nwho\n', { format: 'lines' }, 'lines', ['text', 'who']],
];

for (const [name, bytes, params, format, texts] of BEGINNINGS) {
  test(`input: standard input: ${name}`, async () => {
    const whole = await read(stream(bytes), params);
    assert.equal(whole.format, format);
    assert.deepEqual(
      whole.found.map(([text]) => text),
      texts,
    );
    assert.equal(whole.notes.length > 0, params.format === undefined);
    // However it arrives.
    const bitten = await read(
      stream(
        ...Buffer.from(bytes)
          .toString('latin1')
          .split('')
          .map((byte) => Buffer.from(byte, 'latin1')),
      ),
      params,
    );
    assert.deepEqual(bitten.found, whole.found);
  });
}

test('input: a column that was named and is not there is no plain text', async () => {
  await assert.rejects(read(stream('a,b\n1,2\n'), { textColumn: 'question' }), {
    message: 'standard input: No column "question". Columns: a, b. Set the text column with `textColumn`.',
  });
});

test('input: a line of JSON is a row, and one list of objects is their rows', async () => {
  const columns = '{"text":["who","what"],"n":[1,2]}';
  assert.deepEqual((await read(stream(columns))).found, ['1: Column "text" is a list, not a string.']);
  await assert.rejects(read(stream(columns), { format: 'json' }), {
    message: 'standard input: It is a single JSON value, not a list of objects. Write a list of objects, or JSON lines (.jsonl).',
  });
  assert.deepEqual((await read(stream('[{"text":"who"},{"text":"what"}]'), { format: 'jsonl' })).found, [
    ['who', undefined],
    ['what', undefined],
  ]);
});

test('input: a stream of gzip that is cut off is one line', async () => {
  await assert.rejects(read(stream(gzipSync('text\nwho\n').subarray(0, 20))), {
    message: 'standard input: Its gzip stream ends before its end. Download it again: it is truncated.',
  });
});

test('input: what is no text is refused by its first bytes', async () => {
  await assert.rejects(read(stream(Buffer.from('504b030400000000', 'hex'))), {
    message: 'standard input: It is a zip archive (or an Excel workbook). Unpack it, or save the sheet as CSV.',
  });
});

test('input: rows that cannot be used are named by their lines, labels may be missing', async () => {
  const { found } = await read(stream('text,y\nwho,a\nx\na\0b,b\nwhat,\n'), { format: 'csv', labelColumn: 'y' });
  assert.deepEqual(found, [
    ['who', 'a'],
    '3: The row has 1 field, the header has 2.',
    '4: The row contains a NUL character: "a\\0b".',
    ['what', ''],
  ]);
});

test('input: a label of JSON may be missing, and be a list', async () => {
  const { found } = await read(stream('{"text":"a"}\n{"text":"b","y":["p","q"]}\n{"text":"c","y":1}\n'), { labelColumn: 'y' });
  assert.deepEqual(found, [
    ['a', undefined],
    ['b', ['p', 'q']],
    ['c', 1],
  ]);
});

test('input: a number that a list of JSON would lose digits of is refused', async () => {
  const { found } = await read(stream('[{"text":"a","n":12345678901234567890}]'));
  assert.deepEqual(found, ['record 1: "n" is a number beyond 2^53, which JSON parsers round.']);
});

test('input: rows of a stream come before its end', async () => {
  const from = new Readable({ read: () => undefined });
  from.push('text\nwho\n');
  const { rows } = await openInput({ from, format: 'lines', note: () => undefined });
  const found = rows[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => ((await found.next()).value as { readonly text: string } | undefined)?.text;
  assert.deepEqual([await next(), await next()], ['text', 'who']);
  from.push('what\n');
  assert.equal(await next(), 'what');
  from.push(null);
  assert.equal(await next(), undefined);
});
