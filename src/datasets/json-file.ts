import { HarnessError, option } from '../errors.ts';
import { parseJson } from './json.ts';
import { JsonRows } from './json-rows.ts';
import { splitNamed } from './split-words.ts';
import { columnAt, isAmbiguous, type TableParams } from './table.ts';
import type { TableRow } from './table-row.ts';
import type { Fault } from './faults.ts';
import { textBlocks, type TextSource } from './text-source.ts';

/** A JSON value is read as a whole, and this is about the engine's maximum string length. */
const MOST_LETTERS = 500e6;

/** Whether a file is a single JSON value instead of one value per line. In JSON lines a line with an object is a row, even the only one. */
export function isOneValue({ head, whole }: Pick<TextSource, 'head' | 'whole'>, named: 'json' | 'jsonl'): boolean {
  const start = head.trimStart();
  if (!/^[[{]/.test(start)) return false;
  const end = start.search(/[\r\n]/);
  const line = end < 0 ? start : start.slice(0, end);
  // A first line longer than the part that was read.
  if (end < 0 && !whole) return line.startsWith('[') || (named === 'json' && /^\{\s*"[^"]*"\s*:\s*[[{]/.test(line));
  if (whole && start.slice(line.length).trim() === '') return line.startsWith('[') || (named === 'json' && isTable(line));
  try {
    JSON.parse(line);
    return false;
  } catch {
    // An incomplete JSON value ends with an opening bracket or a separator.
    return /[[{,]\s*$/.test(line);
  }
}

/** Whether the only line of a file is a table instead of a row: a row has a text. */
function isTable(line: string): boolean {
  try {
    const values = Object.values(JSON.parse(line) as Readonly<Record<string, unknown>>);
    return (
      values.some(isRows) ||
      (values.some((each) => typeof each === 'object' && each !== null) && !values.some((each) => typeof each === 'string'))
    );
  } catch {
    return false;
  }
}

/** Rows of a file that is a single JSON value. Throws FORMAT if it is invalid, or not a known table layout. */
export async function* jsonFileRows(source: TextSource, { file, columns, find = () => {} }: TableParams): AsyncGenerator<TableRow | Fault> {
  const parts: string[] = [];
  let letters = 0;
  for await (const {
    text,
    bad: [bad],
  } of textBlocks(source)) {
    if (bad !== undefined) {
      throw new HarnessError('FORMAT', {
        where: `${file.name}:${bad.line}`,
        what: bad.what,
        hint: `Save it as UTF-8, or set ${option('encoding')}.`,
      });
    }
    letters += text.length;
    if (letters > MOST_LETTERS) {
      throw new HarnessError('FORMAT', {
        where: file.name,
        what: 'It is a single JSON value of more than 500 million characters.',
        hint: 'Write it as JSON lines (.jsonl).',
      });
    }
    parts.push(text);
  }
  if (parts.every((part) => part.trim() === '')) return;
  const value = parseJson(parts.join(''), file.name);
  for (const { rows, split, place } of tablesOf(
    value,
    columns.map(({ name }) => name),
    { name: file.name, find },
  )) {
    const json = new JsonRows(columns, file);
    let number = 0;
    for (const row of rows) {
      const found = json.row(row, place(++number));
      yield split === undefined || 'what' in found ? found : { ...found, split };
    }
    json.check();
    if (split !== undefined && number === 0) find(`Its ${split} split has no rows.`);
  }
}

interface Table {
  readonly rows: Iterable<unknown>;
  readonly split?: TableRow['split'];
  readonly place: (number: number) => string;
}

interface Found {
  readonly name: string;
  readonly find: (sentence: string) => void;
}

const record = (number: number) => `record ${number}`;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isRows = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.some(isObject);

/** Common names for the rows of a table among other fields. */
const ROWS = ['data', 'rows', 'examples', 'records', 'items', 'instances'];

/**
 * The layouts of a JSON table: a list of objects; an object of columns, each a list or an object by row (pandas); pandas' `split` and
 * `table`; rows by key (pandas' `index`); a list of objects under a common name, or under the names of splits.
 */
function tablesOf(value: unknown, columns: readonly string[], { name, find }: Found): Table[] {
  if (Array.isArray(value)) return [{ rows: unwrapped(value, columns), place: record }];
  const unknown = (what: string) =>
    new HarnessError('FORMAT', { where: name, what, hint: 'Write a list of objects, or JSON lines (.jsonl).' });
  if (!isObject(value)) throw unknown('Expected a list of objects or an object of columns.');
  const keys = Object.keys(value);
  const said = (used: readonly string[]) => {
    const left = keys.filter((key) => !used.includes(key));
    if (left.length > 0) {
      find(`Properties read: ${list(used)}; ignored: ${list(left)}.`);
    }
  };
  if (columns.every((column) => columnAt(keys, column) >= 0)) return [{ rows: columnRows(value, columns, unknown), place: record }];
  const { columns: header, data } = value;
  if (Array.isArray(header) && Array.isArray(data) && data.every(Array.isArray)) {
    return [
      {
        rows: (data as unknown[][]).map((cells) => Object.fromEntries(header.map((column, i) => [String(column), cells[i]]))),
        place: record,
      },
    ];
  }
  const splits = keys.flatMap((key) =>
    splitNamed(key) !== undefined &&
    (isRows(value[key]) || (isObject(value[key]) && columns.every((column) => columnAt(Object.keys(value[key] as object), column) >= 0)))
      ? [key]
      : [],
  );
  if (splits.length > 0) {
    said(splits);
    return splits.flatMap((key) =>
      tablesOf(value[key], columns, { name, find }).map((table) => ({
        ...table,
        split: splitNamed(key),
        place: (number: number) => `${key}, ${table.place(number)}`,
      })),
    );
  }
  const named = ROWS.filter((key) => isRows(value[key]));
  const lists = named.length > 0 ? named : keys.filter((key) => isRows(value[key]));
  if (lists.length === 1) {
    said(lists);
    return [{ rows: unwrapped(value[lists[0]!] as readonly unknown[], columns), place: record }];
  }
  if (lists.length > 1) throw unknown(`It has several lists of objects: ${list(lists)}.`);
  if (keys.length > 0 && keys.every((key) => isObject(value[key]))) {
    return [{ rows: Object.values(value), place: (number) => `record "${keys[number - 1]}"` }];
  }
  throw unknown(`It is ${keys.length === 0 ? 'an empty object' : `an object with ${list(keys)}`}, not a table.`);
}

/** Maximum names listed. */
const SHOWN = 5;

function list(names: readonly string[]): string {
  return `${names
    .slice(0, SHOWN)
    .map((name) => JSON.stringify(name))
    .join(', ')}${names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''}`;
}

/** Rows as returned by the hub's viewer, {"row_idx", "row"}, are unwrapped. */
function unwrapped(rows: readonly unknown[], columns: readonly string[]): Iterable<unknown> {
  const wrapped =
    rows.length > 0 &&
    rows.every((row) => isObject(row) && isObject(row['row']) && columns.every((column) => columnAt(Object.keys(row), column) < 0));
  return wrapped ? rows.map((row) => (row as { row: unknown }).row) : rows;
}

/** Rows from columns, each a list or an object by row. Throws FORMAT if their lengths differ. */
function columnRows(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  unknown: (what: string) => HarnessError,
): Iterable<unknown> {
  const keys = Object.keys(value);
  const twice = names.find((name) => isAmbiguous(keys, name));
  if (twice !== undefined) throw unknown(`Duplicate column "${twice}".`);
  const columns = [...new Set(names)].map((name) => [name, value[keys[columnAt(keys, name)]!]] as const);
  const [[first, lead]] = columns as [(typeof columns)[number]];
  if (!columns.every(([, column]) => (Array.isArray(lead) ? Array.isArray(column) : isObject(lead) && isObject(column)))) {
    throw unknown(`Its columns ${list(columns.map(([name]) => name))} are neither all lists nor all objects keyed by row.`);
  }
  const rows = Object.keys(lead as object);
  for (const [name, column] of columns) {
    const other = Object.keys(column as object).length;
    if (other !== rows.length) throw unknown(`Column "${first}" has ${rows.length} rows, "${name}" ${other}.`);
  }
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(([name, column]) => [
        name,
        Object.hasOwn(column as object, row) ? (column as Readonly<Record<string, unknown>>)[row] : undefined,
      ]),
    ),
  );
}
