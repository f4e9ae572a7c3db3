import { bounded, HarnessError, option } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import { badRow } from '../faults.ts';
import { findColumns, type TableRows } from '../table.ts';
import type { TableRow } from '../table-row.ts';
import { openText, textBlocks } from '../text-source.ts';
import { findDialect } from './dialect.ts';
import { Broken, records } from './records.ts';
import { own } from '../../own.ts';

/** Rows of a text table, header first. `natural` stands between fields where nothing else is found. */
export function delimitedRows(natural: ',' | '\t'): TableRows {
  return async function* ({ file, encoding, columns, delimiter: asked, find = () => {} }) {
    const source = await openText({ path: file.path, name: file.name, encoding }, find);
    if (/^\s*(\{\s*"|\[\s*[{[])/.test(source.head)) {
      throw new HarnessError('FORMAT', {
        where: file.name,
        what: 'It is JSON, and no table with a header.',
        hint: 'Name it .jsonl (an object a line) or .json.',
      });
    }
    const dialect = await findDialect({ source, columns, natural, delimiter: asked, find });
    const { delimiter, quotes } = dialect;
    let header: readonly string[] | undefined;
    let numbers: number[] = [];
    try {
      for await (const { fields, line, bad } of records(textBlocks(source), dialect)) {
        const other = encoding === 'utf8' ? `its encoding with ${option('encoding')}` : `another ${option('encoding')}`;
        if (bad !== undefined && header === undefined) {
          throw badRow(file, line, bad.what, `Name ${other}: as windows-1252 the line begins "${bad.sample}".`);
        }
        if (header === undefined) {
          header = fields;
          numbers = findColumns(columns, header, {
            file,
            hint:
              header.length === 1 && asked === undefined ? `Or name what stands between fields with ${option('delimiter')}.` : undefined,
          });
          continue;
        }
        // A line of blanks is an empty one.
        if (header.length > 1 && fields.length === 1 && fields[0]!.trim() === '') continue;
        if (bad !== undefined) {
          const hint = `Name ${other}: as windows-1252 the line begins "${bad.sample}".`;
          yield { kind: 'bytes', at: bad.line, what: bad.what, hint } satisfies Fault;
        } else {
          const hint = quotes
            ? `Put a field that has a ${own(NAMES, delimiter) ?? `"${delimiter}"`} in quotes.`
            : 'Texts with tabs or newlines need a CSV with quotes.';
          yield rowOf({ fields, header, numbers, line, hint });
        }
      }
    } catch (error) {
      throw error instanceof Broken ? brokenRow(error, file) : error;
    }
  };
}

const NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'vertical bar' };

interface PickParams {
  readonly fields: readonly string[];
  readonly header: readonly string[];
  readonly numbers: readonly number[];
  readonly line: number;
  /** What to do about a row of another length. */
  readonly hint: string;
}

/** Cells of a row by their numbers, or why there are none. */
function rowOf({ fields, header, numbers, line, hint }: PickParams): TableRow | Fault {
  if (fields.length !== header.length) {
    return {
      kind: 'fields',
      at: line,
      what: `The row has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header has ${header.length}.`,
      hint,
    };
  }
  const zero = fields.find((field) => field.includes('\0'));
  if (zero !== undefined) {
    return {
      kind: 'zero',
      at: line,
      what: `The row has a NUL character: "${bounded(zero.replaceAll('\0', '\\0'), SHOWN)}".`,
      hint: `Check its ${option('encoding')}.`,
    };
  }
  return { cells: numbers.map((number) => fields[number]), at: line };
}

/** Longer fields say no more about the mistake. */
const SHOWN = 40;

function brokenRow({ message, line, quote }: Broken, file: { readonly name: string }): Error {
  switch (quote) {
    case 'unclosed':
      return badRow(file, line, 'The quote that this row opens is never closed.');
    case 'inside':
      return badRow(file, line, 'The row has a quote inside a field.', 'Put the field in quotes and double the quotes inside.');
    default:
      return badRow(file, line, message);
  }
}
