import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkData } from '../../../src/datasets/check.ts';
import { loadDataset, loadToCheck } from '../../../src/datasets/load.ts';
import { readTexts } from '../../../src/datasets/texts.ts';
import type { FileSpec } from '../../../src/datasets/user-file.ts';
import { packageRoot } from '../../../src/home.ts';
import { parquetBytes } from '../../datasets/parquet-bytes.ts';
import { anything, jsonLines, lines, varints } from '../changes.ts';
import { seedsOf, type FuzzReader, type Input } from '../reader.ts';

type Columns = Omit<FileSpec, 'path'>;

const COLUMNS: readonly Columns[] = [
  {},
  { splitColumn: 'split', labelSeparator: ';' },
  { textColumn: 'label', labelColumn: 'split', encoding: 'windows-1252' },
];

const ROWS = Array.from({ length: 12 }, (_, i) => ({
  text: ['Who is it?', 'café, "au lait"', 'two\nlines', '', '漢字 😂'][i % 5]!,
  label: ['HUM', 'LOC;NUM', 'DESC'][i % 3]!,
  split: ['train', 'dev', 'test'][i % 3]!,
}));

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const CSV = ['text,label,split', ...ROWS.map(({ text, label, split }) => [quoted(text), label, split].join(','))].join('\n');
const TSV = ['text\tlabel\tsplit', ...ROWS.map(({ text, label, split }) => [text.replace('\n', ' '), label, split].join('\t'))].join('\n');
const JSONL = ROWS.map((row, i) => JSON.stringify(i % 4 === 0 ? { ...row, label: [row.label, 7, true] } : row)).join('\n');

const PANDAS = ['"text"\t"label"\t"split"', ...ROWS.map(({ text, label, split }) => [text, label, split].map(quoted).join('\t'))].join(
  '\n',
);
const SEMICOLONS = PANDAS.replaceAll('\t', ';');
const LIST = JSON.stringify(ROWS);
const BY_COLUMN = JSON.stringify(
  Object.fromEntries((['text', 'label', 'split'] as const).map((key) => [key, Object.fromEntries(ROWS.map((row, i) => [i, row[key]]))])),
);
const BY_SPLIT = JSON.stringify({ train: ROWS, test: ROWS.slice(0, 4), version: '1.0' }, undefined, 1);
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const utf16be = (text: string) => utf16(text).swap16();

const fixture = (name: string) => readFileSync(path.join(packageRoot(), 'test', 'datasets', 'fixtures', name));

const CONLL = ROWS.map(
  ({ text }, i) =>
    `${text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word, j) => `${word}\t${['O', 'B-x', 'I-x'][(i + j) % 3]}\n`)
      .join('')}\n`,
).join('');
const CONLLU = [
  '# sent_id = 1',
  ...["1-2\tDon't\t_\t_\t_", '1\tDo\tdo\tAUX\tVBP', "2\tn't\tnot\tPART\tRB", '2.1\te\t_\t_\t_', '3\t漢字\t_\tNOUN\tNN'].map(
    (line) => `${line}\t_\t0\tdep\t_\t_`,
  ),
  '',
  '',
].join('\n');
const WORDS = ROWS.map(({ text }, i) => JSON.stringify({ text: text.split(' '), label: text.split(' ').map((_, j) => (i + j) % 3) })).join(
  '\n',
);

/** How tagged sentences read a file: as a whole, and by a named column. */
function taggedReader(columns: readonly Columns[]): FuzzReader['read'] {
  return async ({ file, seed }: Input) => {
    const own = columns[seed.bytes.length % columns.length]!;
    const dataset = await loadToCheck({
      file: { path: file, skipInvalid: seed.bytes.length % 2 === 0, ...own },
      labels: 'first',
      limit: 5,
      seed: 1,
    });
    checkData(dataset, { k: 2, amongAll: true, byTrain: true });
  };
}

/** How scores read a file, then `bench embed`; the second starts where the first refuses. */
function readerOf(columns: readonly Columns[] = COLUMNS): FuzzReader['read'] {
  return async ({ file, seed }: Input) => {
    const own = columns[seed.bytes.length % columns.length]!;
    await readTexts({ file, column: own.textColumn ?? 'text' });
    await loadDataset({ file: { path: file, ...own }, labels: 'multi', limit: 5, seed: 1 });
  };
}

/** Users' tables. */
export const userFiles: Readonly<Record<string, FuzzReader>> = {
  csv: { seeds: () => seedsOf('mine.csv', [CSV, `${CSV}\n`, CSV.replaceAll('\n', '\r\n')]), changes: lines, read: readerOf(), share: 4 },
  tsv: { seeds: () => seedsOf('mine.tsv', [TSV, `${TSV}\n`, TSV.replaceAll('\n', '\r\n')]), changes: lines, read: readerOf(), share: 3 },
  jsonl: { seeds: () => seedsOf('mine.jsonl', [JSONL, `${JSONL}\n\n`]), changes: jsonLines, read: readerOf(), share: 4 },
  json: { seeds: () => seedsOf('mine.json', [LIST, BY_COLUMN, BY_SPLIT, JSONL]), changes: anything, read: readerOf(), share: 4 },
  conll: {
    seeds: () => seedsOf('mine.conll', [CONLL, CONLL.replaceAll('\t', ' '), `-DOCSTART-\tO\n\n# x\n${CONLL}`.replaceAll('\n', '\r\n')]),
    changes: lines,
    read: taggedReader([{}, { labelColumn: '2' }, { labelColumn: '1', textColumn: '2' }]),
    share: 3,
  },
  conllu: {
    seeds: () => seedsOf('mine.conllu', [CONLLU, `${CONLLU}${CONLLU}`]),
    changes: lines,
    read: taggedReader([{}, { labelColumn: 'xpos' }, { labelColumn: 'deprel' }]),
    share: 3,
  },
  'word-lists': { seeds: () => seedsOf('mine.jsonl', [WORDS]), changes: jsonLines, read: taggedReader([{}]), share: 3 },
  'json-named-as-lines': { seeds: () => seedsOf('mine.jsonl', [LIST, BY_SPLIT]), changes: lines, read: readerOf() },
  'tsv-quoted': { seeds: () => seedsOf('mine.tsv', [PANDAS, CSV.replaceAll(',', '\t')]), changes: lines, read: readerOf(), share: 3 },
  'csv-other-delimiters': {
    seeds: () =>
      seedsOf('mine.csv', [
        SEMICOLONS,
        TSV.replaceAll('\t', '|').replaceAll('"', ''),
        `sep=;\r\n${SEMICOLONS}`,
        CSV.replaceAll('\n', '\r'),
      ]),
    changes: lines,
    read: readerOf(),
    share: 2,
  },
  'csv-utf16': {
    seeds: () => seedsOf('mine.csv', [utf16(CSV), utf16be(CSV), utf16(CSV).subarray(2)]),
    changes: lines,
    read: readerOf([{}, { splitColumn: 'split', labelSeparator: ';' }]),
    share: 3,
  },
  gzip: {
    seeds: () => seedsOf('mine.csv.gz', [gzipSync(CSV), Buffer.concat([gzipSync(CSV.slice(0, 40)), gzipSync(CSV.slice(40))])]),
    changes: anything,
    read: readerOf(),
    share: 2,
  },
  'gzip-inside': {
    seeds: () => seedsOf('mine.jsonl.gz', [JSONL, LIST], { wrap: (bytes) => gzipSync(bytes) }),
    changes: jsonLines,
    read: readerOf(),
    share: 2,
  },
  shards: {
    seeds: () =>
      seedsOf('data/train-00000-of-00002.csv', [CSV, utf16(CSV)], {
        beside: { 'data/train-00001-of-00002.csv': CSV, 'data/test-00000-of-00001.csv': TSV, 'README.md': '' },
      }),
    changes: lines,
    read: ({ folder }) => loadDataset({ file: { path: folder, skipInvalid: true }, labels: 'multi', limit: 5, seed: 1 }),
    share: 2,
  },
  'parquet-class-names': {
    seeds: () => seedsOf('mine.parquet', [fixture('labels.parquet')]),
    changes: varints,
    read: readerOf([{ labelColumn: 'class' }, { labelColumn: 'classes' }, { labelColumn: 'decimal' }]),
    share: 2,
  },
  txt: {
    seeds: () => seedsOf('mine.txt', [ROWS.map(({ text }) => text).join('\n')]),
    changes: lines,
    read: ({ file }) => readTexts({ file, column: 'text' }),
  },
  parquet: {
    seeds: () => seedsOf('mine.parquet', [fixture('questions.parquet')]),
    changes: varints,
    read: readerOf([{ textColumn: 'question', labelColumn: 'tags', splitColumn: 'part' }]),
    share: 4,
  },
  'parquet-flat': {
    seeds: () => seedsOf('mine.parquet', [fixture('questions.parquet')]),
    changes: varints,
    read: readerOf([{ textColumn: 'question', labelColumn: 'number' }]),
    share: 4,
  },
  'parquet-plain': {
    seeds: () => seedsOf('mine.parquet', [parquetBytes()]),
    changes: varints,
    read: readerOf([{ splitColumn: 'part' }]),
    share: 4,
  },
  'parquet-delta': {
    seeds: () => seedsOf('mine.parquet', [parquetBytes()]),
    changes: varints,
    read: readerOf([{ labelColumn: 'number' }]),
    share: 2,
  },
  'parquet-null': {
    seeds: () => seedsOf('mine.parquet', [fixture('null.parquet')]),
    changes: varints,
    read: ({ file }) => readTexts({ file, column: 'label' }),
    share: 2,
  },
};
