import { KINDS, type Column, type Table } from '../../results/kinds.ts';
import { EXIT_STATUSES } from './exit-statuses.ts';
import { FAILURE_COLUMNS, TABLES, type CommandName } from './tables.ts';

/** The text between `<!-- columns -->` and `<!-- end -->` in docs/output.md. */
const PLACE = /(<!-- (\w+) -->\n)[^]*?(<!-- end -->)/g;

/** The text of docs/output.md with its tables regenerated. */
export function documented(text: string): string {
  const parts: Readonly<Record<string, () => string>> = {
    columns: commandTables,
    failures: () => columnTable(FAILURE_COLUMNS),
    statuses: statusTable,
  };
  return text.replaceAll(PLACE, (all, begin: string, name: string, end: string) =>
    Object.hasOwn(parts, name) ? `${begin}${parts[name]!()}\n${end}` : all,
  );
}

/** Commands with the same columns share a table. */
function commandTables(): string {
  const shared = new Map<Table, CommandName[]>();
  for (const command of Object.keys(TABLES) as CommandName[])
    shared.set(TABLES[command], [...(shared.get(TABLES[command]) ?? []), command]);
  return [...shared]
    .map(([table, commands]) => `### ${commands.map((command) => `\`${command}\``).join(', ')}\n\n${columnTable(table)}`)
    .join('\n\n');
}

function columnTable(table: Table): string {
  const rows = Object.entries(table).map(
    ([name, column]) => `| \`${name}\` | ${kindOf(column)}${column.empty === true ? ' or null' : ''} | ${aboutOf(column)} |`,
  );
  return ['| column | holds | what it says |', '|---|---|---|', ...rows].join('\n');
}

function kindOf({ kind, words, items }: Column): string {
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (kind === 'names') return 'list of names';
  if (kind === 'list') return `list of { ${Object.keys(items ?? {}).join(', ')} }`;
  return KINDS[kind].title;
}

function aboutOf({ about, kind }: Column): string {
  return `${about}${kind === 'list' ? ' (JSON alone)' : ''}`.trim();
}

function statusTable(): string {
  return ['| status | when |', '|---|---|', ...Object.values(EXIT_STATUSES).map(({ status, when }) => `| ${status} | ${when} |`)].join(
    '\n',
  );
}
