import { z } from 'zod';
import { describedField, takesOf, type DescribedField } from './described-fields.ts';
import { fieldOf, REQUESTS, type Command } from './read-request.ts';

/** The text between `<!-- fields -->` and `<!-- end -->` in docs/requests.md. */
const PLACE = /(<!-- fields -->\n)[^]*?(<!-- end -->)/g;

/** The text of docs/requests.md with its tables regenerated. */
export function documentedRequests(text: string): string {
  return text.replaceAll(PLACE, (_all, begin: string, end: string) => `${begin}${fieldTables()}\n${end}`);
}

/** Fields of the same commands share a table; those of training are in the field of `run` that sets how it trains. */
function fieldTables(): string {
  const owners = new Map<z.ZodType, { readonly name: string; readonly commands: string[] }>();
  for (const command of Object.keys(REQUESTS) as Command[]) {
    for (const [name, schema, where] of fieldsOf(command)) {
      const known = owners.get(schema) ?? { name, commands: [] };
      known.commands.push(where);
      owners.set(schema, known);
    }
  }
  const tables = new Map<string, DescribedField[]>();
  for (const [schema, { name, commands }] of owners) {
    const title = commands.map((command) => `\`${command}\``).join(', ');
    tables.set(title, [...(tables.get(title) ?? []), describedField(name, schema)]);
  }
  // Fields shared by most commands first.
  const sorted = [...tables].toSorted(([a], [b]) => b.split(',').length - a.split(',').length);
  return sorted.map(([title, fields]) => `### ${title}\n\n${tableOf(fields)}`).join('\n\n');
}

function* fieldsOf(command: Command): Generator<[string, z.ZodType, string]> {
  for (const [name, schema] of Object.entries<z.ZodType>(REQUESTS[command].shape)) {
    if (name === 'command') continue;
    yield [name, schema, command];
    const inner = fieldOf(schema);
    if (!(inner instanceof z.ZodObject)) continue;
    for (const [within, of] of Object.entries(inner.shape as Readonly<Record<string, z.ZodType>>)) yield [within, of, `${command}.${name}`];
  }
}

/** Characters; longer values go below the table. */
const LONG = 50;

function tableOf(fields: readonly DescribedField[]): string {
  const rows: string[] = [];
  const notes: string[] = [];
  for (const { name, about, otherwise, field } of fields) {
    const [first, rest] = sentences(about);
    const values = valuesOf(field);
    const takes = values.length > LONG ? `${kindOf(field)}see below` : values;
    const said = [values.length > LONG ? `${values}.` : '', rest].filter((part) => part !== '').join(' ');
    if (said !== '') notes.push(wrapped(`- \`${name}\`: ${said}`));
    rows.push(`| \`${name}\` | ${takes} | ${otherwiseText(otherwise)} | ${first.replace(/\.$/, '')} |`);
  }
  const table = ['| field | values | default | description |', '|---|---|---|---|', ...rows].join('\n');
  return notes.length === 0 ? table : `${table}\n\n${notes.join('\n')}`;
}

/** The first sentence, and the others if the whole is too long for a table cell. */
function sentences(text: string): [string, string] {
  const [, first = text, rest = ''] = /^(.*?\.) ([A-Z][^]*)$/.exec(text) ?? [];
  return text.length < 2 * LONG ? [text, ''] : [first, rest];
}

function kindOf(field: z.ZodType): string {
  if (field instanceof z.ZodArray) return 'list of names, ';
  return field instanceof z.ZodEnum ? 'a name, ' : '';
}

function valuesOf(schema: z.ZodType): string {
  const field = fieldOf(schema);
  if (field instanceof z.ZodArray) return takesOf(field) ?? `list: ${valuesOf(field.element as z.ZodType)}`;
  if (field instanceof z.ZodEnum) return takesOf(field) ?? field.options.map((value) => `\`${value}\``).join(', ');
  if (field instanceof z.ZodBoolean) return '`true`, `false`';
  if (field instanceof z.ZodObject) return 'object';
  return (takesOf(field) ?? 'string').replace(/^an? (non-empty )?/, '');
}

function otherwiseText(otherwise: DescribedField['otherwise']): string {
  if (otherwise === undefined) return '';
  return 'words' in otherwise ? otherwise.words : `\`${JSON.stringify(otherwise.value)}\``;
}

const WIDTH = 140;

function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines.join('\n');
}
