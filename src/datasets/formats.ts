import path from 'node:path';
import { option } from '../errors.ts';
import { own } from '../own.ts';
import type { Task } from './dataset.ts';

/** Table formats: a row has a text and its label, or lists of words and of their tags. */
export const FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** Formats of tagged sentences, one word per line. */
export const SENTENCE_FORMATS = ['conll', 'conllu'] as const;
export type SentenceFormat = (typeof SENTENCE_FORMATS)[number];

/** File formats of datasets. */
export type FileFormat = Format | SentenceFormat;

export function isSentences(format: string): format is SentenceFormat {
  return (SENTENCE_FORMATS as readonly string[]).includes(format);
}

const ENDINGS: Readonly<Record<string, FileFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  parquet: 'parquet',
  conllu: 'conllu',
  conll: 'conll',
  conll2000: 'conll',
  conll2002: 'conll',
  conll2003: 'conll',
  conll03: 'conll',
  bio: 'conll',
  iob: 'conll',
  iob2: 'conll',
  iobes: 'conll',
  bioes: 'conll',
  bilou: 'conll',
  tags: 'conll',
  // Extension of WNUT-17's test file.
  annotated: 'conll',
};

/** Common extensions that are read as word and tag columns if that is requested. */
const MAY_BE_COLUMNS = ['txt', 'tsv', 'tab'];

const ALL = [...FORMATS, ...SENTENCE_FORMATS].map((format) => `.${format}`).join(', ');
/** Formats as listed in messages. */
export const FORMATS_NOTE = `Formats: ${ALL} (text formats as .gz too).`;

/** Extensions of unsupported table formats, with a hint for each. */
const FOREIGN: Readonly<Record<string, string>> = {
  zst: 'Unpack it (zstd -d), or compress it with gzip.',
  bz2: 'Unpack it (bunzip2), or compress it with gzip.',
  xz: 'Unpack it (unxz), or compress it with gzip.',
  lz4: 'Unpack it, or compress it with gzip.',
  zip: 'Unpack it.',
  tar: 'Unpack it.',
  tgz: 'Unpack it.',
  '7z': 'Unpack it.',
  rar: 'Unpack it.',
  gz: 'Unpack it.',
  xlsx: 'Save the sheet as CSV.',
  xls: 'Save the sheet as CSV.',
  ods: 'Save the sheet as CSV.',
  arrow: 'Write it as Parquet (datasets: to_parquet).',
  feather: 'Write it as Parquet.',
  pkl: 'Pickle files can execute code: write the table as Parquet.',
  pickle: 'Pickle files can execute code: write the table as Parquet.',
  npy: 'Write texts and labels as CSV.',
  npz: 'Write texts and labels as CSV.',
  txt:
    'Plain text has no columns: write texts and labels as CSV. ' +
    `Tagged words (CoNLL) are read with ${option('task')} token-classification.`,
  xml: 'Write it as CSV.',
  yaml: 'Write it as CSV.',
  yml: 'Write it as CSV.',
  html: 'Write it as CSV.',
  db: 'Write the table as CSV.',
  sqlite: 'Write the table as CSV.',
  avro: 'Write it as Parquet.',
  orc: 'Write it as Parquet.',
};

export interface NamedFormat {
  readonly format: FileFormat;
  readonly gzip: boolean;
  /** Name without folders and extensions. */
  readonly stem: string;
}

/**
 * Format of a dataset file by its extension; undefined if unknown. `task`: as requested; if it is tagged words, tab-separated and plain
 * text files are columns.
 */
export function namedFormat(file: string, task?: Task): NamedFormat | undefined {
  const base = path.basename(file);
  const bare = base.replace(/\.gz$/i, '');
  const { name: stem, ext } = path.parse(bare);
  const word = ext.slice(1).toLowerCase();
  const format = task === 'token-classification' && MAY_BE_COLUMNS.includes(word) ? 'conll' : own(ENDINGS, word);
  const gzip = bare !== base;
  // Parquet compresses internally.
  return format === undefined || (gzip && format === 'parquet') ? undefined : { format, gzip, stem };
}

export function formatOf(file: string): FileFormat | undefined {
  return namedFormat(file)?.format;
}

/** Hint for a known but unsupported extension; undefined for any other. */
export function foreignMend(file: string): string | undefined {
  const word = path.extname(file).slice(1).toLowerCase();
  return own(FOREIGN, word);
}

/** Default name of a dataset: that of its file or folder without path and extensions. */
export function datasetName(place: string): string {
  const base = path.basename(path.resolve(place));
  return namedFormat(base)?.stem ?? base.replace(/\.[^.]*$/, '');
}
