import { HarnessError } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { parquetColumns, parquetRows } from '../readers/parquet.ts';
import { columnAt, isFault } from '../table.ts';
import type { Column } from '../table-row.ts';
import { usableSentence, type SentenceCells, type SentenceRow } from './sentence-row.ts';

export interface ParquetSentencesParams extends SentenceCells {
  readonly path: string;
  readonly name: string;
  /** A missing label column is not an error. */
  readonly isLabelOptional: boolean;
  readonly find: (sentence: string) => void;
}

/**
 * Rows of a Parquet file with all their columns, a row group at a time. Throws OPTION if a column is missing, or one holds bytes, which
 * JSON does not have.
 */
export async function* parquetSentences(params: ParquetSentencesParams): AsyncGenerator<SentenceRow | Fault> {
  const { path, name, textColumn, labelColumn: asked, isLabelOptional, find } = params;
  const file = { path, name, split: 'all' as const };
  const header = await parquetColumns(file);
  const labelColumn = asked === undefined || (isLabelOptional && columnAt(header, asked) < 0) ? undefined : asked;
  const columns: Column[] = [
    { role: 'text', name: textColumn },
    ...(labelColumn === undefined ? [] : [{ role: 'label', name: labelColumn } as const]),
    // All of them unchanged: class names of the metadata were applied to the labels above.
    ...header.map((each) => ({ role: 'text', name: each }) as const),
  ];
  for await (const row of parquetRows({ file, encoding: 'utf8', columns, find })) {
    if (isFault(row)) {
      yield row;
      continue;
    }
    const { cells, at } = row;
    const own = cells.slice(-header.length);
    const value = Object.fromEntries(header.map((each, i) => [each, own[i]]));
    const text = `{${header.map((each, i) => `${JSON.stringify(each)}:${jsonOf(own[i], { column: each, name })}`).join(',')}}`;
    const label = labelColumn === undefined ? undefined : cells[1];
    yield usableSentence({ text: cells[0], label, at, object: { text, value } }, { textColumn, labelColumn });
  }
}

/** A value as JSON: integers with all digits, dates in ISO 8601. Throws OPTION for bytes. */
function jsonOf(value: unknown, where: { readonly column: string; readonly name: string }): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) {
    throw new HarnessError('OPTION', {
      where: where.name,
      what: `Column "${where.column}" holds bytes, which JSON cannot represent.`,
      hint: 'Remove this column.',
    });
  }
  if (Array.isArray(value)) return `[${value.map((each) => jsonOf(each, where)).join(',')}]`;
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${JSON.stringify(key)}:${jsonOf(each, where)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
