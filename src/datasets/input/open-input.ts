import type { Readable } from 'node:stream';
import { HarnessError, option } from '../../errors.ts';
import type { Dialect } from '../delimited/records.ts';
import type { Encoding } from '../encodings.ts';
import { openStream, openText } from '../text-source.ts';
import { isFolder } from '../user-file.ts';
import { inputFormatOf, sniffedFormat, type InputFormat } from './input-format.ts';
import { inputRows, type InputTable } from './input-rows.ts';

export interface InputParams {
  /** A file, or a stream such as standard input. */
  readonly from: string | Readable;
  readonly format?: InputFormat | undefined;
  /** Default: `text`. */
  readonly textColumn?: string | undefined;
  /** Column of the second text, if rows are pairs. */
  readonly pairColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  /** The columns are primarily those of another table: if this one has no label column, that is not an error. */
  readonly sharedColumns?: boolean | undefined;
  /** Field delimiter. Default: detected. */
  readonly delimiter?: string | undefined;
  readonly encoding?: Encoding | undefined;
  /** Receives notes about unexpected ways of reading, one sentence each. */
  readonly note: (sentence: string) => void;
  /** How it was read before: nothing is detected or reported again. */
  readonly known?: { readonly format: InputFormat; readonly dialect: Dialect | undefined } | undefined;
}

export const STANDARD_INPUT = 'standard input';

/**
 * Opens texts to be read row by row, in constant memory; except for a JSON list, which is read as a whole. Throws OPTION if the file is
 * missing or has no such column, FORMAT if it cannot be read.
 */
export async function openInput(params: InputParams): Promise<InputTable> {
  const { from, format, textColumn = 'text', pairColumn, labelColumn, sharedColumns = false, delimiter, encoding, note, known } = params;
  const isFile = typeof from === 'string';
  const name = isFile ? from : STANDARD_INPUT;
  if (isFile && isFolder(from))
    throw new HarnessError('OPTION', { where: from, what: 'This is a directory.', hint: 'Give a single file.' });
  const find = known === undefined ? (sentence: string) => note(`${name}: ${sentence}`) : () => undefined;
  const byName = known?.format ?? format ?? (isFile ? inputFormatOf(from) : undefined);
  const given = { name, encoding: encoding ?? ('utf8' as const) };
  const source = isFile ? await openText({ ...given, path: from }, find) : await openStream({ ...given, stream: from }, find);
  const taken =
    byName ?? sniffedFormat(source, { textColumn, asked: (params.textColumn !== undefined || pairColumn !== undefined) && !sharedColumns });
  if (byName === undefined) find(`It is read as ${SAID[taken]} (${option('inputFormat')} ${taken}).`);
  if (delimiter !== undefined && taken !== 'csv' && taken !== 'tsv') {
    throw new HarnessError('OPTION', {
      where: option('delimiter'),
      what: `${name} is read as ${SAID[taken]}, which has no delimiter.`,
      hint: 'Omit it.',
    });
  }
  const column =
    params.textColumn !== undefined
      ? 'textColumn'
      : pairColumn !== undefined
        ? 'textPairColumn'
        : labelColumn !== undefined
          ? 'labelColumn'
          : undefined;
  if (column !== undefined && taken === 'lines' && !sharedColumns) {
    throw new HarnessError('OPTION', {
      where: option(column),
      what: `${name} is read as ${SAID.lines}, which has no columns.`,
      hint: 'Omit it.',
    });
  }
  return inputRows({
    source,
    format: taken,
    textColumn,
    pairColumn,
    labelColumn,
    isLabelOptional: sharedColumns,
    encoding: given.encoding,
    delimiter,
    find,
    dialect: known?.dialect,
  });
}

const SAID: Readonly<Record<InputFormat, string>> = {
  csv: 'CSV',
  tsv: 'tab-separated values',
  jsonl: 'JSON lines',
  json: 'a JSON array of objects',
  lines: 'one text per line',
};
