import { z } from 'zod';
import { KINDS, type Column, type Table } from '../../results/kinds.ts';
import { FAILURE_COLUMNS, OUTPUT_SCHEMA, TABLES, type CommandName } from './tables.ts';

function schemaOf({ kind, about, empty = false, words, items }: Column): z.ZodType {
  const schema =
    kind === 'names'
      ? z.array(z.string())
      : kind === 'list'
        ? z.array(objectOf(items ?? {}))
        : words !== undefined
          ? z.enum(words)
          : KINDS[kind].schema;
  const all = empty ? schema.nullable() : schema;
  return about === '' ? all : all.describe(about);
}

/** Exactly these columns. */
function objectOf(table: Table): z.ZodType {
  return z.strictObject(Object.fromEntries(Object.entries(table).map(([name, column]) => [name, schemaOf(column)])));
}

const failure = objectOf(FAILURE_COLUMNS).meta({
  id: 'failure',
  description: 'What could not be done. The exit status is 1 where there is one.',
});

const rows = new Map<Table, z.ZodType>();

/** Commands with the same table share a definition. */
function rowOf(command: CommandName): z.ZodType {
  const table: Table = TABLES[command];
  const row = rows.get(table) ?? objectOf(table).meta({ id: `${command.replaceAll(/[ -]+/g, '-')}-row` });
  rows.set(table, row);
  return row;
}

/** Output of `--format json`. */
export const envelope = z.union(
  (Object.keys(TABLES) as CommandName[]).map((command) =>
    z.strictObject({
      schema: z.literal(OUTPUT_SCHEMA),
      command: z.literal(command),
      rows: z.array(rowOf(command)),
      notes: z.array(z.string()).describe('Human-readable sentences: warnings, and notes below a table.'),
      failures: z.array(failure),
    }),
  ),
);

/** output.schema.json. */
export function outputJsonSchema(): string {
  return `${JSON.stringify({ $id: OUTPUT_SCHEMA, ...z.toJSONSchema(envelope) }, undefined, 2)}\n`;
}
