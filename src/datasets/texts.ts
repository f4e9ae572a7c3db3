import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { kindOf } from './cell-kind.ts';
import { oddLetter } from './cells.ts';
import type { Encoding } from './encodings.ts';
import { Findings } from './findings.ts';
import { FORMATS, isSentences, type Format } from './formats.ts';
import { plainLines } from './plain-lines.ts';
import { csvRows } from './readers/csv.ts';
import { jsonRows } from './readers/json.ts';
import { jsonlRows } from './readers/jsonl.ts';
import { parquetRows } from './readers/parquet.ts';
import { tsvRows } from './readers/tsv.ts';
import { isFault, type TableRows } from './table.ts';
import { openText } from './text-source.ts';
import { isFolder, userCorpus } from './user-file.ts';

const TABLES: Readonly<Record<Format, TableRows>> = { csv: csvRows, tsv: tsvRows, jsonl: jsonlRows, json: jsonRows, parquet: parquetRows };

export interface TextsParams {
  /** .txt (one text per line), or a table; text formats as .gz too. */
  readonly file: string;
  /** Column of the texts; a .txt has none. */
  readonly column: string;
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: string | undefined;
  /** Receives findings about the file, one sentence each. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/**
 * Texts without labels, in the order of the file, unchanged. Throws OPTION, FORMAT with all invalid rows (row i of the vectors is row i of
 * the file: none is skipped), and DATA if there is none.
 */
export async function readTexts({ file, column, encoding, delimiter, note }: TextsParams): Promise<string[]> {
  if (isFolder(file))
    throw new HarnessError('OPTION', {
      where: file,
      what: 'This is a directory.',
      hint: `Give a single file: .txt, ${FORMATS.map((format) => `.${format}`).join(', ')}.`,
    });
  const findings = new Findings();
  const texts = /\.txt(\.gz)?$/i.test(path.basename(file))
    ? await plainTexts(file, encoding ?? 'utf8', findings)
    : await tableTexts({ file, column, encoding, delimiter }, findings);
  findings.check(texts.length);
  if (texts.length === 0) throw new HarnessError('DATA', { where: file, what: 'It contains no text.' });
  for (const sentence of findings.notes) note?.(sentence);
  return texts;
}

async function plainTexts(file: string, encoding: Encoding, { takers: { note, fault } }: Findings): Promise<string[]> {
  const source = await openText({ path: file, name: file, encoding }, (sentence) => note(sentence, file));
  const texts: string[] = [];
  for await (const line of plainLines(source)) {
    if (isFault(line)) fault({ name: file, path: file, split: 'all' }, line);
    else texts.push(line.text);
  }
  return texts;
}

async function tableTexts({ file, column, encoding, delimiter }: TextsParams, { takers: { note, fault } }: Findings): Promise<string[]> {
  const corpus = userCorpus({ path: file, encoding, delimiter });
  const { reader } = corpus;
  if (isSentences(reader)) {
    throw new HarnessError('OPTION', {
      where: file,
      what: 'It has tagged words, not texts.',
      hint: 'Give one text per line (.txt), or a table.',
    });
  }
  const texts: string[] = [];
  for (const each of corpus.files) {
    for await (const row of TABLES[reader]({
      file: each,
      encoding: corpus.encoding,
      delimiter,
      columns: [{ role: 'text', name: column }],
      find: (sentence) => note(sentence, each.name),
    })) {
      if (isFault(row)) fault(each, row);
      else if (typeof row.cells[0] === 'string') {
        const odd = oddLetter(row.cells[0], row.at);
        if (odd === undefined) texts.push(row.cells[0]);
        else fault(each, odd);
      } else fault(each, { kind: 'text', at: row.at, what: `Column "${column}" is ${kindOf(row.cells[0])}, not a string.` });
    }
  }
  return texts;
}
