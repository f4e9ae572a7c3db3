import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadDataset } from '../../../src/datasets/load.ts';
import { readTexts } from '../../../src/datasets/texts.ts';
import type { FileSpec } from '../../../src/datasets/user-file.ts';
import { packageRoot } from '../../../src/home.ts';
import { parquetBytes } from '../../datasets/parquet-bytes.ts';
import { jsonLines, lines, varints } from '../changes.ts';
import { seedsOf, type FuzzReader, type Input } from '../reader.ts';

type Columns = Omit<FileSpec, 'path'>;

const COLUMNS: readonly Columns[] = [{}, { splitColumn: 'split', labelSeparator: ';' }, { textColumn: 'label', labelColumn: 'split', encoding: 'windows-1252' }];

const ROWS = Array.from({ length: 12 }, (_, i) => ({ text: ['Who is it?', 'café, "au lait"', 'two\nlines', '', '漢字 😂'][i % 5]!, label: ['HUM', 'LOC;NUM', 'DESC'][i % 3]!, split: ['train', 'dev', 'test'][i % 3]! }));

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const CSV = ['text,label,split', ...ROWS.map(({ text, label, split }) => [quoted(text), label, split].join(','))].join('\n');
const TSV = ['text\tlabel\tsplit', ...ROWS.map(({ text, label, split }) => [text.replace('\n', ' '), label, split].join('\t'))].join('\n');
const JSONL = ROWS.map((row, i) => JSON.stringify(i % 4 === 0 ? { ...row, label: [row.label, 7, true] } : row)).join('\n');

const fixture = (name: string) => readFileSync(path.join(packageRoot(), 'test', 'datasets', 'fixtures', name));

/** Scores' way through a file, then that of `bench embed`; the second begins where the first refuses. */
function readerOf(columns: readonly Columns[] = COLUMNS): FuzzReader['read'] {
  return async ({ file, seed }: Input) => {
    const own = columns[seed.bytes.length % columns.length]!;
    await readTexts({ file, column: own.textColumn ?? 'text' });
    await loadDataset({ file: { path: file, ...own }, labels: 'multi', limit: 5, seed: 1 });
  };
}

/** Tables of the user's own. */
export const userFiles: Readonly<Record<string, FuzzReader>> = {
  csv: { seeds: () => seedsOf('mine.csv', [CSV, `${CSV}\n`, CSV.replaceAll('\n', '\r\n')]), changes: lines, read: readerOf(), share: 4 },
  tsv: { seeds: () => seedsOf('mine.tsv', [TSV, `${TSV}\n`, TSV.replaceAll('\n', '\r\n')]), changes: lines, read: readerOf(), share: 3 },
  jsonl: { seeds: () => seedsOf('mine.jsonl', [JSONL, `${JSONL}\n\n`]), changes: jsonLines, read: readerOf(), share: 4 },
  txt: { seeds: () => seedsOf('mine.txt', [ROWS.map(({ text }) => text).join('\n')]), changes: lines, read: ({ file }) => readTexts({ file, column: 'text' }) },
  parquet: {
    seeds: () => seedsOf('mine.parquet', [fixture('questions.parquet')]),
    changes: varints,
    read: readerOf([{ textColumn: 'question', labelColumn: 'tags', splitColumn: 'part' }]),
    share: 4,
  },
  'parquet-flat': { seeds: () => seedsOf('mine.parquet', [fixture('questions.parquet')]), changes: varints, read: readerOf([{ textColumn: 'question', labelColumn: 'number' }]), share: 4 },
  'parquet-plain': { seeds: () => seedsOf('mine.parquet', [parquetBytes()]), changes: varints, read: readerOf([{ splitColumn: 'part' }]), share: 4 },
  'parquet-delta': { seeds: () => seedsOf('mine.parquet', [parquetBytes()]), changes: varints, read: readerOf([{ labelColumn: 'number' }]), share: 2 },
  'parquet-null': { seeds: () => seedsOf('mine.parquet', [fixture('null.parquet')]), changes: varints, read: readerOf([{ textColumn: 'label', labelColumn: 'label' }]), share: 2 },
};
