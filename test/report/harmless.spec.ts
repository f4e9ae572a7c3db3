import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listingText, plainListing } from '../../bench/terminal/listing.ts';
import { say } from '../../bench/terminal/say.ts';
import { renderDiff } from '../../src/report/diff.ts';
import { harmless, harmlessStream, rawOf } from '../../src/report/harmless.ts';
import { printable } from '../../src/report/text.ts';
import { row } from '../results/rows.ts';

/** Possible contents of a name, a label, a title: each with what a terminal may print of it, in the middle of a line. */
const MARKS = [
  ['colour', 'a\u001B[31mb', 'ab'],
  ['clear screen', 'a\u001B[2Jb', 'ab'],
  ['title', 'a\u001B]0;mine\u0007b', 'ab'],
  ['link', 'a\u001B]8;;http://x.test\u0007b', 'ab'],
  ['escape alone', 'a\u001Bb', /^ab?$/],
  ['C1 sequence', 'a\u009B31mb', 'ab'],
  ['bell, backspace, delete', 'a\u0007\b\u007Fb', 'ab'],
  ['nothing', 'a\0b', 'ab'],
  ['right to left', 'a\u202Eb\u2066c\u2069', 'abc'],
  ['marks without a width', 'a\u200Bb\u200F\u061C\uFEFF', 'ab'],
] as const;

for (const [name, text, shown] of MARKS) {
  test(`harmless: ${name} never reaches a terminal`, () => {
    for (const found of [harmless(text), printable(text)]) {
      assert.match(found, typeof shown === 'string' ? new RegExp(`^${shown}$`) : shown);
    }
    assert.doesNotMatch(harmless(text), /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
  });
}

test('harmless: lines, tabs and bold stay; a printed line is one line', () => {
  assert.equal(harmless('a\u001B[1mb\u001B[22m\tc\nd\r\n'), 'a\u001B[1mb\u001B[22m\tc\nd\n');
  assert.equal(harmless('a\u2028b\u0085c'), 'a b c');
  const written: string[] = [];
  say({ write: (text) => written.push(text) }, 'Written: a\nbench: forged\r\u001B[1mb');
  assert.deepEqual(written, ['Written: a bench: forged b\n']);
});

function stream(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: unknown[] } {
  const written: unknown[] = [];
  return {
    stream: {
      isTTY,
      columns: 40,
      write(this: unknown, text: unknown) {
        return written.push(text) > 0;
      },
    } as unknown as NodeJS.WriteStream,
    written,
  };
}

test('harmless: messages always; results where they go to a terminal, and to the byte where they go to a file', () => {
  for (const [isTTY, tty, expected] of [
    [true, true, 'ab'],
    [false, true, 'a\u001B[31mb'],
    [true, false, 'ab'],
    [false, false, 'ab'],
  ] as const) {
    const { stream: raw, written } = stream(isTTY);
    const guarded = harmlessStream(raw, { tty });
    guarded.write('a\u001B[31mb');
    assert.deepEqual([written, guarded.columns, guarded.isTTY], [[expected], 40, isTTY]);
    assert.equal(rawOf(guarded), raw);
    assert.equal(rawOf(raw), raw);
  }
});

test('listing: formulas are guarded in CSV; no mark of a cell reaches a terminal in any format', () => {
  const rows = [['=HYPERLINK("http://x.test")', '-1.5'], ['+cmd', '@x'], ...MARKS.map(([name, text]) => [name, text])].map(
    ([key, from]) => ({ key: key!, dtype: 'fp32', from: [from!], files: '1' }),
  );
  const listing = plainListing({ command: 'models --pin', rows });
  const csv = listingText(listing, 'csv', { out: stream(false).stream, width: undefined });
  assert.deepEqual(csv.split('\n').slice(0, 3), [
    'key,dtype,from,files',
    '"\'=HYPERLINK(""http://x.test"")",fp32,-1.5,1',
    "'+cmd,fp32,'@x,1",
  ]);
  assert.ok(csv.includes('\u001B[31m'), 'a file has the very bytes');
  for (const format of ['table', 'markdown', 'csv', 'json'] as const) {
    const { stream: raw, written } = stream(true);
    const out = harmlessStream(raw, { tty: true });
    out.write(listingText(listing, format, { out, width: 40 }));
    assert.doesNotMatch(String(written[0]).replaceAll('\n', ''), /[\p{Cc}\u061C\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u, format);
  }
});

test('diff: a name forges no line of a terminal in any format; a file has it to the byte', () => {
  const cell = {
    row: row({ encoder: 'a\nbench: forged\u001B[2J\u009B' }),
    change: 'new',
    before: '',
    score: 'micro_f1',
    after: '1.00',
    significant: false,
  } as const;
  const diff = { before: 'x', after: 'y', score: 'micro_f1', cells: [cell] } as const;
  for (const format of ['table', 'markdown', 'csv', 'json'] as const) {
    const text = harmless(renderDiff({ diff, format, tty: true, width: 200 }));
    assert.doesNotMatch(text, /^bench: forged/m, format);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}]/u, format);
  }
  assert.ok(renderDiff({ diff, format: 'csv', tty: false, width: undefined }).includes('"a\nbench: forged\u001B[2J\u009B"'));
});
