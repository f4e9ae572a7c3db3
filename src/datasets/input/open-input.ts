import type { Readable } from 'node:stream';
import { HarnessError, option } from '../../errors.ts';
import type { Dialect } from '../delimited/records.ts';
import type { Encoding } from '../encodings.ts';
import { openStream, openText } from '../text-source.ts';
import { isFolder } from '../user-file.ts';
import { inputFormatOf, sniffedFormat, type InputFormat } from './input-format.ts';
import { inputRows, type InputTable } from './input-rows.ts';

export interface InputParams {
  /** A file, or what comes once: standard input. */
  readonly from: string | Readable;
  readonly format?: InputFormat | undefined;
  /** `text` where left out. */
  readonly textColumn?: string | undefined;
  /** Column of the second text, where rows are pairs. */
  readonly pairColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  /** The columns are first of all those of another table: that this one lacks the label's is no mistake. */
  readonly sharedColumns?: boolean | undefined;
  /** What stands between fields; found out where left out. */
  readonly delimiter?: string | undefined;
  readonly encoding?: Encoding | undefined;
  /** Takes what is read otherwise than one would think, a sentence each. */
  readonly note: (sentence: string) => void;
  /** How it was read before: nothing is found out anew, nor said. */
  readonly known?: { readonly format: InputFormat; readonly dialect: Dialect | undefined } | undefined;
}

export const STANDARD_INPUT = 'standard input';

/**
 * Opens texts to be read row by row, in memory that does not grow with them; but for one JSON list, which is read whole. Throws OPTION
 * where the file is not there or has no such column, FORMAT where it cannot be read.
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
