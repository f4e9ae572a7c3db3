import path from 'node:path';
import { own } from '../own.ts';

export const FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

const ENDINGS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  parquet: 'parquet',
};

/** What a message says of them. */
export const FORMATS_SAID = `Formats: ${FORMATS.map((format) => `.${format}`).join(', ')} (text formats as .gz too).`;

/** Endings of tables in formats that are not read, and what to do about them. */
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
  pkl: 'A pickle is a program: write the table as Parquet.',
  pickle: 'A pickle is a program: write the table as Parquet.',
  npy: 'Write texts and labels as CSV.',
  npz: 'Write texts and labels as CSV.',
  txt: 'A plain text has no columns: write texts and labels as CSV.',
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
  readonly format: Format;
  readonly gzip: boolean;
  /** Name without folders and endings. */
  readonly stem: string;
}

/** Format of a table by the end of its name; undefined where it is none. */
export function namedFormat(file: string): NamedFormat | undefined {
  const base = path.basename(file);
  const bare = base.replace(/\.gz$/i, '');
  const { name: stem, ext } = path.parse(bare);
  const word = ext.slice(1).toLowerCase();
  const format = own(ENDINGS, word);
  const gzip = bare !== base;
  // The codecs of Parquet are inside.
  return format === undefined || (gzip && format === 'parquet') ? undefined : { format, gzip, stem };
}

export function formatOf(file: string): Format | undefined {
  return namedFormat(file)?.format;
}

/** What to do about a file whose ending is known, and not read; undefined for any other. */
export function foreignMend(file: string): string | undefined {
  const word = path.extname(file).slice(1).toLowerCase();
  return own(FOREIGN, word);
}

/** What a dataset is called whose file or folder this is: its name without what stands before it and the endings. */
export function datasetName(place: string): string {
  const base = path.basename(path.resolve(place));
  return namedFormat(base)?.stem ?? base.replace(/\.[^.]*$/, '');
}
