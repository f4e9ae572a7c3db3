import { HarnessError, shown } from '../../errors.ts';
import { csvText, filled } from '../../results/csv.ts';
import { RARE_COLUMNS } from '../../results/row.ts';
import { KINDS, type Column, type Kind, type Table } from '../../results/kinds.ts';
import { jsonText } from '../json.ts';
import { printable, printableValues } from '../text.ts';
import { FAILURE_COLUMNS, OUTPUT_SCHEMA, TABLES, type CommandName } from './tables.ts';

/** A row as a command returns it: values as in a CSV, '' if not applicable; lists as they are. */
export type OutputRow<T extends Table = Table> = {
  readonly [C in keyof T]: T[C]['kind'] extends 'names' ? readonly string[] : T[C]['kind'] extends 'list' ? readonly unknown[] : string;
};

/** What failed, and why. */
export interface OutputFailure {
  readonly encoder?: string | undefined;
  readonly dataset?: string | undefined;
  readonly pooling?: string | undefined;
  readonly dim?: string | undefined;
  readonly prompt?: string | undefined;
  readonly objective?: string | undefined;
  readonly file?: string | undefined;
  readonly reason: string;
}

export interface Output<C extends CommandName = CommandName> {
  readonly command: C;
  readonly rows: readonly OutputRow<(typeof TABLES)[C]>[];
  /** Human-readable only. */
  readonly notes?: readonly string[] | undefined;
  readonly failures?: readonly OutputFailure[] | undefined;
}

/**
 * The envelope: numbers are numbers, what does not apply is null. The same rows give the same bytes. Throws INTERNAL for a value that is
 * invalid in its column.
 */
export function outputJson<C extends CommandName>({ command, rows, notes = [], failures = [] }: Output<C>): string {
  const table: Table = TABLES[command];
  return jsonText({
    schema: OUTPUT_SCHEMA,
    command,
    rows: rows.map((row) => valuesOf(table, row)),
    notes: notes.map(printable),
    failures: failures.map(({ encoder = '', dataset = '', pooling = '', dim = '', prompt = '', objective = '', file = '', reason }) =>
      valuesOf(FAILURE_COLUMNS, { encoder, dataset, pooling, dim, prompt, objective, file, reason }),
    ),
  });
}

type Empty<C extends Column> = C extends { readonly empty: true } ? null : never;
type OfKind<K extends Kind> = K extends 'count' | 'number' | 'percent' | 'points' | 'fraction'
  ? number
  : K extends 'counts'
    ? number | readonly number[]
    : K extends 'flag'
      ? boolean
      : K extends 'names'
        ? readonly string[]
        : K extends 'list'
          ? readonly unknown[]
          : string;

/** A row for programs: numbers are numbers, what does not apply is null. */
export type TypedRow<T extends Table> = { readonly [C in keyof T]: OfKind<T[C]['kind']> | Empty<T[C]> };

/** The rows of a command for programs. Throws INTERNAL for a value that is invalid in its column. */
export function typedRows<C extends CommandName>(command: C, rows: Output<C>['rows']): TypedRow<(typeof TABLES)[C]>[] {
  const table: Table = TABLES[command];
  return rows.map((row) => valuesOf(table, row) as TypedRow<(typeof TABLES)[C]>);
}

/** The rows as CSV: names separated by semicolons, lists left out. `tty`: for a terminal, which no name may control. */
export function outputCsv<C extends CommandName>({
  command,
  rows,
  tty,
}: Pick<Output<C>, 'command' | 'rows'> & { readonly tty: boolean }): string {
  const table: Table = TABLES[command];
  const all = Object.keys(table).filter((name) => table[name]!.kind !== 'list');
  // As in results.csv: rare columns are included if some row has them.
  const rare = Object.hasOwn(table, 'micro_f1_low') ? RARE_COLUMNS.filter((name) => Object.hasOwn(table, name)) : [];
  const columns = filled(all, rare, rows as readonly Readonly<Record<string, string>>[]);
  const texts = rows.map((row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      columns.map((name) => {
        const value = row[name];
        if (Array.isArray(value)) return [name, value.join('; ')];
        valueOf(name, table[name]!, value);
        return [name, value as string];
      }),
    ),
  );
  return csvText({ columns, rows: tty ? texts.map(printableValues) : texts });
}

function valuesOf(table: Table, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([name, column]) => [name, valueOf(name, column, row[name])]));
}

function valueOf(name: string, { kind, empty = false, words }: Column, value: unknown): unknown {
  const found = value === '' && empty ? null : parsed(kind, value);
  if (found === undefined || (found !== null && words !== undefined && !words.includes(String(found)))) {
    throw new HarnessError('INTERNAL', { where: `column ${name}`, what: `${shown(value)} is not a valid value.` });
  }
  return found;
}

function parsed(kind: Kind, value: unknown): unknown {
  if (kind === 'names' || kind === 'list') return Array.isArray(value) ? value : undefined;
  return typeof value === 'string' && value !== '' ? KINDS[kind].parse(value) : undefined;
}
