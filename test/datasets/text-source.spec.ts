import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { READERS } from '../../src/datasets/readers.ts';
import { temporaryFolder } from '../temporary.ts';
import { readAndFind, rejectsWith } from './support.ts';

const folder = temporaryFolder();
const read = (name: string, bytes: string | Uint8Array) =>
  readAndFind({ reader: READERS[/csv|tsv|jsonl|json/.exec(name)![0]]!, folder, files: { [name]: bytes } });

const CSV = 'text,label\none,x\ntwo,y\n';
const JSONL = '{"text": "one", "label": "x"}\n{"text": "two", "label": "y"}\n';
const packed = gzipSync(CSV);

const PACKED: Readonly<Record<string, Uint8Array>> = {
  'f.csv.gz': packed,
  'f.CSV.GZ': packed,
  'f.tsv.gz': gzipSync(CSV.replaceAll(',', '\t')),
  'f.jsonl.gz': gzipSync(JSONL),
  'f.json.gz': gzipSync(`[${JSONL.trim().replace('\n', ',')}]`),
  'members.csv.gz': Buffer.concat([gzipSync(CSV.slice(0, 15)), gzipSync(CSV.slice(15))]),
  'padded.csv.gz': Buffer.concat([packed, Buffer.alloc(64)]),
};

test('gzip: every text format, several members, zeros behind them', async () => {
  for (const [name, bytes] of Object.entries(PACKED)) {
    const { examples, notes } = await read(name.toLowerCase(), bytes);
    assert.deepEqual(
      [examples.map(({ text, labels }) => [text, ...labels]), notes],
      [
        [
          ['one', 'x'],
          ['two', 'y'],
        ],
        [],
      ],
      name,
    );
  }
  assert.deepEqual((await read('f.csv', packed)).notes, ['f.csv: It is gzip-compressed, although its name does not say so.']);
});

const tar = Buffer.alloc(1024);
tar.write('ustar', 257);
const marked = (bytes: readonly number[]) => Buffer.from([...bytes, ...Buffer.from('and so on')]);

/** Files that are recognised as not being tables by their first bytes. */
const FOREIGN: readonly (readonly [name: string, bytes: Uint8Array, message: string])[] = [
  ['cut.csv.gz', packed.subarray(0, -9), 'Its gzip stream ends before its end. Download it again: it is truncated.'],
  [
    'bad.csv.gz',
    Buffer.from(packed.map((byte, at) => (at === packed.length - 6 ? byte ^ 1 : byte))),
    'Its gzip stream is damaged (incorrect data check). Download it again.',
  ],
  ['more.csv.gz', Buffer.concat([packed, Buffer.from('more')]), 'Its gzip stream is damaged (incorrect header check). Download it again.'],
  ['plain.csv.gz', Buffer.from(CSV), 'It is not gzip-compressed, although its name says so. Rename it, or fetch it again.'],
  ['twice.csv.gz', gzipSync(packed), 'It is compressed with gzip twice. Unpack it once.'],
  ['tar.csv.gz', gzipSync(tar), 'It is a tar archive. Unpack it.'],
  ['f.csv', marked([0x28, 0xb5, 0x2f, 0xfd]), 'It is compressed with zstd. Unpack it (zstd -d), or compress it with gzip.'],
  ['f.csv', Buffer.from('BZh91AY&SYand so on'), 'It is compressed with bzip2. Unpack it (bunzip2), or compress it with gzip.'],
  ['f.csv', marked([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'It is compressed with xz. Unpack it (unxz), or compress it with gzip.'],
  ['f.csv', marked([0x50, 0x4b, 3, 4]), 'It is a zip archive (or an Excel workbook). Unpack it, or save the sheet as CSV.'],
  ['f.csv', Buffer.from('PAR1 and so on'), 'It is a Parquet file. Rename it to .parquet.'],
  ['f.tsv', Buffer.from('ARROW1 and so on'), 'It is an Arrow file. Write it as Parquet.'],
  [
    'f.jsonl',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
    'It is a Git LFS pointer, not the file. Fetch the file itself (git lfs pull).',
  ],
  [
    'f.json',
    Buffer.from('<!DOCTYPE html>\n<html></html>'),
    'It is a web page, not the file. Download the file itself: the URL may be that of its web page.',
  ],
];

for (const [name, bytes, message] of FOREIGN) {
  test(`first bytes: ${name}: ${message}`, () => rejectsWith(read(name, bytes), 'FORMAT', `${name}: ${message}`));
}

test('first bytes: a text that begins as bzip2 does is a text', async () => {
  assert.equal((await read('f.csv', 'BZh9,text,label\n1,a,b\n')).examples.length, 1);
});

test('gzip: a stream that unpacks to far more than its size is read in bounded memory', async () => {
  const rows = 400_000;
  const bomb = gzipSync(`text,label\n${'a long text that says nothing at all,x\n'.repeat(rows)}y\n`);
  await rejectsWith(
    read('bomb.csv.gz', bomb),
    'FORMAT',
    `bomb.csv.gz:${rows + 2}: The row has 1 field, the header has 2. Quote fields that contain a comma. \`skipInvalid\` skips it.`,
  );
});
