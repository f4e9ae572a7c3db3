import type { Fault } from '../faults.ts';
import { JsonRows } from '../json-rows.ts';
import { isOneValue, jsonFileRows } from '../json-file.ts';
import { HarnessError } from '../../errors.ts';
import { jsonLines } from '../readers/jsonl.ts';
import { columnAt, isFault, missingColumn } from '../table.ts';
import type { Column, TableRow } from '../table-row.ts';
import type { TextSource } from '../text-source.ts';
import { usable, type InputRow, type UnreadRow } from './input-row.ts';

export interface JsonInputParams {
  readonly source: TextSource;
  readonly format: 'json' | 'jsonl';
  readonly textColumn: string;
  readonly pairColumn?: string | undefined;
  readonly labelColumn: string | undefined;
  readonly isLabelOptional?: boolean | undefined;
  readonly find: (sentence: string) => void;
}

/** JSON objects as texts. Throws as `unreadObjects` does. */
export async function* jsonInputRows(params: JsonInputParams): AsyncGenerator<InputRow | Fault> {
  for await (const row of unreadObjects(params)) yield isFault(row) ? row : usable(row, params);
}

/**
 * JSON objects, one per line, or one list of them, which is read as a whole. Throws OPTION if none of the rows has a column, FORMAT for a
 * JSON value that is not a list of objects: other table layouts have columns that could not be preserved.
 */
export async function* unreadObjects(params: JsonInputParams): AsyncGenerator<UnreadRow | Fault> {
  const { labelColumn, isLabelOptional = false, source } = params;
  let [labels, keys]: [boolean, readonly string[] | undefined] = [false, undefined];
  for await (const row of objects(params)) {
    if (isFault(row)) {
      yield row;
      continue;
    }
    const {
      cells: [text, second],
      at,
      object,
      line,
    } = row;
    const names = Object.keys(object!);
    keys ??= names;
    const key = labelColumn === undefined ? undefined : names[columnAt(names, labelColumn)];
    if (key !== undefined) labels = true;
    const label = key === undefined ? undefined : object![key];
    yield { text, second, label, at, object: { text: line, value: object! } };
  }
  // A label may be missing, but not from every row.
  if (labelColumn !== undefined && !isLabelOptional && !labels && keys !== undefined) {
    throw missingColumn({ role: 'label', name: labelColumn, header: keys, where: source.name });
  }
}

type ObjectRow = TableRow & { readonly line: string };

async function* objects({ source, format, textColumn, pairColumn, find }: JsonInputParams): AsyncGenerator<ObjectRow | Fault> {
  const file = { name: source.name, path: source.path, split: 'all' as const };
  const columns: Column[] = [{ role: 'text', name: textColumn }];
  if (pairColumn !== undefined) columns.push({ role: 'pair', name: pairColumn });
  if (isOneValue(source, format) || /^\s*\[/.test(source.head)) {
    if (!/^\s*\[/.test(source.head)) {
      throw new HarnessError('FORMAT', {
        where: source.name,
        what: 'It is a single JSON value, not a list of objects.',
        hint: 'Write a list of objects, or JSON lines (.jsonl).',
      });
    }
    for await (const row of jsonFileRows(source, { file, encoding: source.encoding, columns, find })) {
      if (isFault(row)) yield row;
      else yield roundedFault(row) ?? { ...row, line: JSON.stringify(row.object) };
    }
    return;
  }
  const rows = new JsonRows(columns, file);
  for await (const line of jsonLines(source)) {
    const row = 'value' in line ? rows.row(line.value, line.at) : line;
    yield isFault(row) ? row : { ...row, line: (line as { readonly text: string }).text.trim() };
  }
  rows.check();
}

/** A row of a list is written again from its values: a number that reading has rounded would change. */
function roundedFault({ object, at }: TableRow): Fault | undefined {
  const rounded = Object.entries(object!).find(
    ([, value]) => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value),
  );
  return rounded === undefined
    ? undefined
    : {
        kind: 'json',
        at,
        what: `"${rounded[0]}" is a number beyond 2^53, which JSON parsers round.`,
        hint: 'Quote it, or use JSON lines (.jsonl), whose lines are kept unchanged.',
      };
}
