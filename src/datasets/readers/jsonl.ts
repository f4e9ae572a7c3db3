import { bounded, option, reason } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { JsonRows } from '../json-rows.ts';
import { jsonFileRows, isOneValue } from '../json-file.ts';
import { linesOf } from '../lines.ts';
import { tableReader, type TableRows } from '../table.ts';
import { openText, textBlocks, type TextSource } from '../text-source.ts';

/**
 * A JSON object a line. A label may be a text, a number, true or false, or a list of these. One list of objects is read as such, and so
 * said.
 */
export const jsonlRows: TableRows = async function* (params) {
  const { file, encoding, columns, find = () => {} } = params;
  const source = await openText({ path: file.path, name: file.name, encoding }, find);
  if (isOneValue(source)) {
    find('It is one JSON value, not a JSON object a line, and is read as such.');
    yield* jsonFileRows(source, params);
    return;
  }
  const rows = new JsonRows(columns, file);
  for await (const line of jsonLines(source)) yield 'value' in line ? rows.row(line.value, line.at) : line;
  rows.check();
};

export interface JsonLine {
  readonly value: unknown;
  /** As it stands in the file. */
  readonly text: string;
  readonly at: number;
}

/** Lines that are not blank, each a JSON value, and those that are none. */
export async function* jsonLines(source: TextSource): AsyncGenerator<JsonLine | Fault> {
  for await (const { text, firstLine, bad } of textBlocks(source)) {
    const badLines = new Map(bad.map((each) => [each.line, each]));
    let number = firstLine - 1;
    for (const line of linesOf(text, source.newline)) {
      number++;
      const wrong = badLines.get(number);
      if (wrong !== undefined) {
        const hint = `Name its encoding with ${option('encoding')}: as windows-1252 the line begins "${wrong.sample}".`;
        yield { kind: 'bytes', at: number, what: wrong.what, hint };
      } else if (line.trim() !== '') {
        const parsed = parse(line);
        yield 'value' in parsed
          ? { value: parsed.value, text: line, at: number }
          : { kind: 'json', at: number, what: `The line is not JSON: ${parsed.why}.` };
      }
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
