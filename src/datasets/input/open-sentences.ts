import { HarnessError, option } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { isSentences, type SentenceFormat } from '../formats.ts';
import { CONLLU_COLUMNS } from '../readers/conllu.ts';
import { sentenceColumns } from '../sentence-columns.ts';
import { isFault } from '../table.ts';
import { openStream, openText, type TextSource } from '../text-source.ts';
import { isFolder } from '../user-file.ts';
import { ColumnSentences, type RequestedColumns } from './column-sentences.ts';
import { unreadObjects } from './json-input.ts';
import { STANDARD_INPUT, type InputParams } from './open-input.ts';
import { parquetSentences } from './parquet-sentences.ts';
import { noSentences, sentenceFormatOf, sniffedSentences, type SentenceInputFormat } from './sentence-format.ts';
import { usableSentence, type ColumnLine, type SentenceRow } from './sentence-row.ts';

/** Sentences of an input, row by row. */
export interface SentenceTable {
  readonly format: SentenceInputFormat;
  /** Name or number of the label column. undefined if not requested. */
  readonly labelColumn: string | undefined;
  readonly rows: AsyncIterable<SentenceRow | Fault>;
  /** For columns: lines after the last sentence, once all rows were read. */
  readonly rest: () => readonly ColumnLine[];
}

export interface SentenceInputParams extends Pick<
  InputParams,
  'from' | 'textColumn' | 'labelColumn' | 'sharedColumns' | 'encoding' | 'note'
> {
  readonly format?: SentenceInputFormat | undefined;
  /** How it was read before: nothing is detected or reported again. */
  readonly known?: { readonly format: SentenceInputFormat } | undefined;
}

/**
 * Opens sentences of words to be read row by row, in constant memory; except for a JSON list, which is read as a whole. Throws OPTION if
 * the file is missing, has no such column, or contains no sentences; FORMAT if it cannot be read.
 */
export async function openSentences(params: SentenceInputParams): Promise<SentenceTable> {
  const { from, format, textColumn = 'text', labelColumn, sharedColumns = false, encoding, note, known } = params;
  const isFile = typeof from === 'string';
  const name = isFile ? from : STANDARD_INPUT;
  if (isFile && isFolder(from))
    throw new HarnessError('OPTION', { where: from, what: 'This is a directory.', hint: 'Give a single file.' });
  const find = known === undefined ? (sentence: string) => note(`${name}: ${sentence}`) : () => undefined;
  const byName = known?.format ?? format ?? (isFile ? sentenceFormatOf(from) : undefined);
  if (byName === 'parquet') {
    if (!isFile) throw noSentences(name, 'Parquet needs a seekable file, not a stream.');
    if (encoding !== undefined)
      throw new HarnessError('OPTION', { where: option('encoding'), what: 'Parquet is UTF-8.', hint: 'Omit it.' });
    const rows = parquetSentences({ path: from, name, textColumn, labelColumn, isLabelOptional: sharedColumns, find });
    return { format: byName, labelColumn, rows, rest: nothingMore };
  }
  const given = { name, encoding: encoding ?? ('utf8' as const) };
  const source = isFile ? await openText({ ...given, path: from }, find) : await openStream({ ...given, stream: from }, find);
  const taken = byName ?? sniffedSentences(source);
  if (byName === undefined) find(`It is read as ${SAID[taken]} (${option('inputFormat')} ${taken}).`);
  if (isSentences(taken)) return columnTable(source, taken, params);
  return { format: taken, labelColumn, rows: objectRows(source, { ...params, format: taken, textColumn, find }), rest: nothingMore };
}

const SAID: Readonly<Record<SentenceInputFormat, string>> = {
  conll: 'words in columns',
  conllu: 'CoNLL-U',
  jsonl: 'JSON lines',
  json: 'a JSON array of objects',
  parquet: 'Parquet',
};

function nothingMore(): readonly ColumnLine[] {
  return [];
}

interface ObjectParams extends Pick<InputParams, 'labelColumn' | 'sharedColumns'> {
  readonly format: 'json' | 'jsonl';
  readonly textColumn: string;
  readonly find: (sentence: string) => void;
}

async function* objectRows(
  source: TextSource,
  { format, textColumn, labelColumn, sharedColumns = false, find }: ObjectParams,
): AsyncGenerator<SentenceRow | Fault> {
  const rows = unreadObjects({ source, format, textColumn, labelColumn, isLabelOptional: sharedColumns, find });
  for await (const row of rows) yield isFault(row) ? row : usableSentence(row, { textColumn, labelColumn });
}

function columnTable(source: TextSource, format: SentenceFormat, params: SentenceInputParams): SentenceTable {
  const { labelColumn, ...asked } = askedColumns(source.name, format, params);
  const sentences = new ColumnSentences(source, asked);
  return { format, labelColumn, rows: sentences.rows(), rest: () => sentences.rest };
}

type Asked = RequestedColumns & Pick<SentenceTable, 'labelColumn'>;

/** Columns that are primarily those of another file are used if this one has them. */
function askedColumns(
  name: string,
  format: SentenceFormat,
  { textColumn, labelColumn, sharedColumns = false }: SentenceInputParams,
): Asked {
  const isOfFormat = (column: string | undefined): boolean =>
    column !== undefined &&
    (format === 'conll' ? /^[1-9]\d{0,3}$/.test(column.trim()) : (CONLLU_COLUMNS as readonly string[]).includes(column));
  const own = sharedColumns
    ? { textColumn: isOfFormat(textColumn) ? textColumn : undefined, labelColumn: isOfFormat(labelColumn) ? labelColumn : undefined }
    : { textColumn, labelColumn };
  const { options, labelField } = sentenceColumns(format, own, name, { bare: true });
  const isAsked = own.labelColumn !== undefined;
  if (format === 'conllu') {
    const column = CONLLU_COLUMNS.find((each) => each === labelField);
    return { format, column: isAsked ? column : undefined, labelColumn: isAsked ? labelField : undefined };
  }
  const { word, tag } = options as { readonly word?: number; readonly tag?: number };
  return {
    format,
    columns: { word: word ?? 1, tag: isAsked ? (tag ?? 'last') : undefined, isTagOptional: sharedColumns },
    labelColumn: isAsked ? labelField : undefined,
  };
}
