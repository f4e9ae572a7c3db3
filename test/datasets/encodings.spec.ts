import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { encodingNamed, ENCODINGS, type Encoding } from '../../src/datasets/encodings.ts';
import { csv } from '../../src/datasets/readers/csv.ts';
import { readTexts } from '../../src/datasets/texts.ts';
import { temporaryFolder } from '../temporary.ts';
import { readAndFind, rejectsWith, writeFiles } from './support.ts';

const folder = temporaryFolder();

/** A word of each encoding, and its bytes as Python's codec of that name gives them. */
const WORDS: Readonly<Record<Exclude<Encoding, 'utf8'>, readonly [word: string, hex: string]>> = {
  'utf-16le': ['日本語テスト', 'e5652c679e8ac630b930c830'],
  'utf-16be': ['їжак', '045704360430043a'],
  latin1: ['naïve café', '6e61ef766520636166e9'],
  'windows-1252': ['œuvre €', '9c757672652080'],
  'windows-1250': ['žluťoučký kůň', '9e6c759d6f75e86bfd206bf9f2'],
  'windows-1251': ['їжак', 'bfe6e0ea'],
  'windows-1253': ['Καλημέρα', 'cae1ebe7ecddf1e1'],
  'windows-1254': ['ağaç işi', '61f061e72069fe69'],
  'windows-1257': ['šaltą dieną', 'f0616c74e0206469656ee0'],
  'iso-8859-2': ['žluťoučký kůň', 'be6c75bb6f75e86bfd206bf9f2'],
  'iso-8859-5': ['Привет, мир', 'bfe0d8d2d5e22c20dcd8e0'],
  'iso-8859-7': ['Καλημέρα', 'cae1ebe7ecddf1e1'],
  'iso-8859-15': ['œuvre €', 'bd7576726520a4'],
  'koi8-r': ['Привет, мир', 'f0d2c9d7c5d42c20cdc9d2'],
  'koi8-u': ['їжак', 'a7d6c1cb'],
  macintosh: ['œuvre €', 'cf7576726520db'],
  gb18030: ['汉字测试', 'babad7d6b2e2cad4'],
  big5: ['漢字測試', 'ba7ea672b4fab8d5'],
  shift_jis: ['日本語テスト', '93fa967b8cea836583588367'],
  'euc-jp': ['日本語テスト', 'c6fccbdcb8eca5c6a5b9a5c8'],
  'euc-kr': ['한국어 시험', 'c7d1b1b9beee20bdc3c7e8'],
};

const ascii = (text: string, encoding: string) =>
  Buffer.from(
    [...text].flatMap((c) =>
      encoding === 'utf-16le' ? [c.charCodeAt(0), 0] : encoding === 'utf-16be' ? [0, c.charCodeAt(0)] : [c.charCodeAt(0)],
    ),
  );

test('encodings: a table in each is read as Python writes it', async () => {
  for (const encoding of ENCODINGS.filter((name) => name !== 'utf8')) {
    const [word, hex] = WORDS[encoding];
    const bytes = Buffer.concat([ascii('text,label\n"', encoding), Buffer.from(hex, 'hex'), ascii('",x\nb,y\n', encoding)]);
    const { examples } = await readAndFind({ reader: csv, folder, files: { 'f.csv': bytes }, encoding });
    assert.deepEqual(
      examples.map(({ text }) => text),
      [word, 'b'],
      encoding,
    );
  }
});

test('encodings: by the names that people and programs give them', () => {
  const names: Readonly<Record<string, Encoding>> = {
    'UTF-8': 'utf8',
    utf_8_sig: 'utf8',
    'UTF-16': 'utf-16le',
    'ISO-8859-1': 'latin1',
    cp1252: 'windows-1252',
    GBK: 'gb18030',
    'Shift-JIS': 'shift_jis',
    EUC_KR: 'euc-kr',
    macroman: 'macintosh',
  };
  for (const [name, encoding] of Object.entries(names)) assert.equal(encodingNamed(name), encoding, name);
  for (const name of ['', 'utf7', 'constructor', 'utf-32']) assert.equal(encodingNamed(name), undefined, name);
});

const TABLE = 'text,label\ncafé 漢字,x\n"two\nlines",y\n';
const utf16 = (text: string, order: 'le' | 'be', mark = '') => {
  const bytes = Buffer.from(mark + text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

/** What is detected from the first bytes, and reported. */
const FOUND: readonly (readonly [what: string, bytes: Buffer, note: string | undefined])[] = [
  ['UTF-8', Buffer.from(TABLE), undefined],
  ['UTF-8 with its mark', Buffer.from(`\ufeff${TABLE}`), undefined],
  ['UTF-16LE with its mark', utf16(TABLE, 'le', '\ufeff'), 'It is read as UTF-16 (little-endian), by its byte-order mark.'],
  ['UTF-16BE with its mark', utf16(TABLE, 'be', '\ufeff'), 'It is read as UTF-16 (big-endian), by its byte-order mark.'],
  ['UTF-16LE without', utf16(TABLE, 'le'), 'It is read as UTF-16 (little-endian), detected by its zero bytes.'],
  ['UTF-16BE without', utf16(TABLE, 'be'), 'It is read as UTF-16 (big-endian), detected by its zero bytes.'],
  [
    'lines of old Macs',
    Buffer.from('text,label\rcafé 漢字,x\r"two\nlines",y\r'),
    'Its lines end with carriage returns only (classic Mac OS).',
  ],
  ['lines of Windows', Buffer.from(TABLE.replaceAll('\n', '\r\n').replace('two\r\n', 'two\n')), undefined],
];

test('encodings: what the first bytes say is followed, and said', async () => {
  for (const [what, bytes, note] of FOUND) {
    const { examples, notes } = await readAndFind({ reader: csv, folder, files: { 'f.csv': bytes } });
    assert.deepEqual(
      examples.map(({ text, labels }) => [text, ...labels]),
      [
        ['café 漢字', 'x'],
        ['two\nlines', 'y'],
      ],
      what,
    );
    assert.deepEqual(notes, note === undefined ? [] : [`f.csv: ${note}`], what);
  }
});

const refused = (bytes: Buffer, message: string, encoding: Encoding = 'utf8') =>
  rejectsWith(readAndFind({ reader: csv, folder, files: { 'f.csv': bytes }, encoding }), 'FORMAT', message);

test('encodings: UTF-32, byte order marks that contradict the requested encoding, bytes of another encoding', async () => {
  const utf32 = Buffer.concat([...TABLE].map((c) => Buffer.from(Uint32Array.of(c.codePointAt(0)!).buffer)));
  await refused(Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), utf32]), 'f.csv: It is text in UTF-32. Save it as UTF-8.');
  await refused(utf32, 'f.csv: It is text in UTF-32. Save it as UTF-8.');
  await refused(
    Buffer.from(`\ufeff${TABLE}`),
    'f.csv: It has a UTF-8 byte-order mark, but latin1 was requested. Omit `encoding`.',
    'latin1',
  );
  await refused(
    Buffer.from('text,lab\xe9l\na,b\n', 'latin1'),
    'f.csv:1: Byte 0xE9 is not UTF-8. Set its encoding with `encoding`: as windows-1252 the line begins "text,labél".',
  );
  await refused(
    Buffer.concat([utf16('text,label\na,b\nc', 'le'), Buffer.of(0x00, 0xd8), utf16(',d\n', 'le')]),
    'f.csv:3: Contains bytes that are not utf-16le. Set another `encoding`: as windows-1252 the line begins ' +
      '"c\\u{0}\\u{0}Ø,\\u{0}d\\u{0} \\u{0}". `skipInvalid` skips it.',
    'utf-16le',
  );
  await refused(
    Buffer.concat([Buffer.from('text,label\n\x93\xfa,b\n', 'latin1'), Buffer.from('\x93,b\n', 'latin1')]),
    'f.csv:3: Contains bytes that are not shift_jis. Set another `encoding`: as windows-1252 the line begins "“,b". `skipInvalid` skips ' +
      'it.',
    'shift_jis',
  );
});

test('encodings: UTF-16 across pieces of the file, whose newlines are no halves of other characters', async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `ਊ਀Ċ text ${i}`); // U+0A0A, U+0A00, U+010A
  writeFiles(folder, { 'f.txt': utf16(`${lines.join('\n')}\n`, 'le', '\ufeff'), 'g.txt': utf16(`${lines.join('\n')}\n`, 'be', '\ufeff') });
  for (const name of ['f.txt', 'g.txt']) assert.deepEqual(await readTexts({ file: path.join(folder, name), column: 'text' }), lines);
});
