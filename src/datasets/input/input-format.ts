import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import { foreignMend, isSentences, namedFormat } from '../formats.ts';
import { columnAt } from '../table.ts';
import type { TextSource } from '../text-source.ts';

/** Formats of inputs; `json`: one list of objects. */
export const INPUT_FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'lines'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

const SAID = 'Formats: .csv, .tsv, .jsonl, .json, .txt (one text per line), each also as .gz.';

/** The format of a file by its name. Throws OPTION if it is not supported here. */
export function inputFormatOf(file: string): InputFormat {
  if (/\.txt(\.gz)?$/i.test(path.basename(file))) return 'lines';
  const named = namedFormat(file)?.format;
  if (named === 'parquet') {
    throw new HarnessError('OPTION', {
      where: file,
      what: 'Parquet cannot be streamed row by row.',
      hint: 'Write it as CSV or JSON lines.',
    });
  }
  if (named !== undefined && isSentences(named)) {
    throw new HarnessError('OPTION', { where: file, what: 'It has tagged words, not texts to classify.', hint: SAID });
  }
  if (named !== undefined) return named;
  throw new HarnessError('OPTION', {
    where: file,
    what: 'Unsupported format.',
    hint: `${foreignMend(file) ?? `Set ${option('inputFormat')}.`} ${SAID}`,
  });
}

const BETWEEN = [
  ['\t', 'tsv'],
  [',', 'csv'],
  [';', 'csv'],
  ['|', 'csv'],
] as const;

/**
 * The format of an unnamed stream, by its beginning: JSON, a table whose first line has the text column, else plain lines. `asked`: the
 * column was named, so that it is a table.
 */
export function sniffedFormat(
  { head, newline }: Pick<TextSource, 'head' | 'newline'>,
  { textColumn, asked }: { textColumn: string; asked: boolean },
): InputFormat {
  const begins = head.trimStart();
  if (/^\{\s*"/.test(begins)) return 'jsonl';
  if (/^\[\s*\{/.test(begins)) return 'json';
  const [first = ''] = begins.split(newline, 1);
  const fields = (delimiter: string) =>
    first
      .trimEnd()
      .split(delimiter)
      .map((field) => field.trim().replace(/^"(.*)"$/s, '$1'));
  const [, table] = BETWEEN.find(([delimiter]) => fields(delimiter).length > 1 && columnAt(fields(delimiter), textColumn) >= 0) ?? [];
  if (table !== undefined) return table;
  if (fields('\n')[0] === textColumn) return 'csv';
  return !asked ? 'lines' : first.includes('\t') ? 'tsv' : 'csv';
}
