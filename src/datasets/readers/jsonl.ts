import { bounded, reason } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { JsonRows } from '../json-rows.ts';
import { jsonFileRows, isOneValue } from '../json-file.ts';
import { numberedLines } from '../numbered-lines.ts';
import { tableReader, type TableRows } from '../table.ts';
import { openText, type TextSource } from '../text-source.ts';

/**
 * One JSON object per line. A label may be a text, a number, a boolean, or a list of these. A single list of objects, or a value over
 * several lines, is read as such, and reported.
 */
export const jsonlRows: TableRows = async function* (params) {
  const { file, encoding, columns, find = () => {} } = params;
  const source = await openText({ path: file.path, name: file.name, encoding }, find);
  if (isOneValue(source, 'jsonl')) {
    find('Read as a single JSON value, not as JSON lines.');
    yield* jsonFileRows(source, params);
    return;
  }
  const rows = new JsonRows(columns, file);
  for await (const line of jsonLines(source)) yield 'value' in line ? rows.row(line.value, line.at) : line;
  rows.check();
};

export interface JsonLine {
  readonly value: unknown;
  /** As in the file. */
  readonly text: string;
  readonly at: number;
}

/** Lines that are not blank, each a JSON value, and invalid ones. */
export async function* jsonLines(source: TextSource): AsyncGenerator<JsonLine | Fault> {
  for await (const line of numberedLines(source)) {
    if ('kind' in line) yield line;
    else if (line.text.trim() !== '') {
      const { text, number: at } = line;
      const parsed = parse(text);
      yield 'value' in parsed ? { value: parsed.value, text, at } : { kind: 'json', at, what: `The line is not JSON: ${parsed.why}.` };
    }
  }
}

export const jsonl = tableReader(jsonlRows);

/** Longer reasons quote the line. */
const REASON_LETTERS = 120;

function parse(line: string): { readonly value: unknown } | { readonly why: string } {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch (error) {
    return { why: bounded(reason(error), REASON_LETTERS) };
  }
}
