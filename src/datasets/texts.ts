import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { kindOf } from './cells.ts';
import { lines } from './lines.ts';
import { badRow, textFile, type ReaderFile } from './reader.ts';
import { csvRows } from './readers/csv.ts';
import { jsonlRows } from './readers/jsonl.ts';
import { parquetRows } from './readers/parquet.ts';
import { tsvRows } from './readers/tsv.ts';
import type { TableRows } from './table.ts';
import { FORMATS, isFolder, userCorpus, type Format } from './user-file.ts';

const TABLES: Readonly<Record<Format, TableRows>> = { csv: csvRows, tsv: tsvRows, jsonl: jsonlRows, parquet: parquetRows };

export interface TextsParams {
  /** .txt (a text a line), .csv, .tsv, .jsonl or .parquet. */
  readonly file: string;
  /** Column of the texts; a .txt has none. */
  readonly column: string;
}

/** Texts without labels, in the order of the file, as they stand there. Throws OPTION, FORMAT, and DATA where there is none. */
export async function readTexts({ file, column }: TextsParams): Promise<string[]> {
  if (isFolder(file)) throw new HarnessError('OPTION', { where: file, what: 'This is a folder.', mend: `Name one file: .txt, ${FORMATS.map((format) => `.${format}`).join(', ')}.` });
  const texts = path.extname(file).toLowerCase() === '.txt' ? plainTexts(file) : await tableTexts(file, column);
  if (texts.length === 0) throw new HarnessError('DATA', { where: file, what: 'There is no text in it.' });
  return texts;
}

function plainTexts(file: string): string[] {
  const source: ReaderFile = { name: file, split: 'all', path: file };
  return [...lines(textFile(source, 'utf8'))].map(({ text }) => (text.endsWith('\r') ? text.slice(0, -1) : text));
}

async function tableTexts(file: string, column: string): Promise<string[]> {
  const { reader, files, encoding } = userCorpus({ path: file });
  const texts: string[] = [];
  for (const each of files) {
    for await (const { cells: [text], at } of TABLES[reader]({ file: each, encoding, columns: [{ role: 'text', name: column }] })) {
      if (typeof text !== 'string') throw badRow(each, at, `Column "${column}" is ${kindOf(text)}, not a text.`);
      texts.push(text);
    }
  }
  return texts;
}
