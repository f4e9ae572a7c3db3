import { formatTable } from '../src/report/text-table.ts';
import { jsonText } from '../src/report/json.ts';
import { csvText } from '../src/results/csv.ts';
import { escapeMarkdown, printable } from '../src/report/text.ts';
import type { Format } from '../src/report/render.ts';
import type { Terminal } from './verb.ts';

export interface Listing {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A list of what there is, as text of one format. */
export function listingText({ columns, rows }: Listing, format: Format, { out, width }: Pick<Terminal, 'out' | 'width'>): string {
  switch (format) {
    case 'table':
      return `${
        formatTable({
          head: columns,
          rows: rows.map((row) => row.map(printable)),
          names: columns.length,
          ruled: out.isTTY,
          width: width ?? Number.POSITIVE_INFINITY,
        }).text
      }\n`;
    case 'markdown':
      return [columns, columns.map(() => '---'), ...rows.map((row) => row.map(escapeMarkdown))].map((row) => `| ${row.join(' | ')} |\n`).join('');
    case 'csv':
      return csvText({
        columns,
        rows: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, out.isTTY ? printable(row[at]!) : row[at]!]))),
      });
    case 'json':
      return jsonText(rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]]))));
    default:
      return format satisfies never;
  }
}
