import { rmSync } from 'node:fs';
import path from 'node:path';
import { Header } from 'tar';
import { gzipSync } from 'node:zlib';
import { READERS } from '../../../src/datasets/readers.ts';
import { unpack } from '../../../src/sources/npm/unpack.ts';
import { anything } from '../changes.ts';
import { seedsOf, type FuzzReader } from '../reader.ts';

/** A tar of these files. */
function tar(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const head = Buffer.alloc(512);
    new Header({ path: name, type: 'File', size: Buffer.byteLength(text), mode: 0o644 }).encode(head, 0);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [head, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Unchanged, and modified before compression: afterwards nearly every change only affects the compression. */
const packed = (name: string, bytes: Buffer) => [
  ...seedsOf(name, [bytes, gzipSync(bytes)]),
  ...seedsOf(name, [bytes], { wrap: (changed) => gzipSync(changed, { level: 1 }) }),
];

const MESSAGES = tar({
  '20news-bydate-train/alt.atheism/1': 'Subject: a\n\nb',
  '20news-bydate-test/sci.space/2': 'From: x\n\ny'.repeat(60),
});
const PACKAGE = tar({
  'package/package.json': '{}',
  'package/data/x.csv': 'text,label\nhello,a\n'.repeat(40),
  'package/index.js': 'process.exit(1)',
});
const article = (source: string, bias: string) =>
  JSON.stringify({ bias_text: bias, source, content: 'word '.repeat(60), content_original: 'Word. '.repeat(60) });
const ARTICLES = tar({ 'jsons/a.json': article('Vox', 'left'), 'jsons/b.json': article('CNBC', 'center') });

const corpus =
  (reader: string): FuzzReader['read'] =>
  async ({ file }) => {
    const rows = READERS[reader]!({
      files: [{ name: 'all.tar.gz', split: 'all', path: file }],
      encoding: 'latin1',
      options: {},
      labelField: 'class',
    });
    for await (const row of rows) if (row.labels.length === 0) throw new Error('gives a row without a label');
  };

/** Archives of datasets and of the npm registry. */
export const archives: Readonly<Record<string, FuzzReader>> = {
  newsgroups: { seeds: () => packed('all.tar.gz', MESSAGES), changes: anything, read: corpus('newsgroups'), share: 2 },
  baly: { seeds: () => packed('all.tar.gz', ARTICLES), changes: anything, read: corpus('baly'), share: 2 },
  'npm-tarball': {
    seeds: () => packed('x.tgz', PACKAGE),
    changes: anything,
    read: async ({ folder, file }) => {
      const to = path.join(folder, 'out');
      rmSync(to, { recursive: true, force: true });
      await unpack({ tarball: file, wanted: [{ path: 'data/x.csv', bytes: 760 }, { path: 'package.json' }], to, name: 'npm:x@1.0.0' });
    },
    share: 2,
  },
};
