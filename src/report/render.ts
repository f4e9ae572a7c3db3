import { csvOfRows } from '../results/csv.ts';
import { jsonOf } from './json.ts';
import { markdownOf } from './markdown.ts';
import type { TablesParams } from './tables.ts';
import { terminalOf } from './terminal.ts';
import { printableValues } from './text.ts';

/** The words of `--format`. */
export const FORMATS = ['table', 'markdown', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderParams extends TablesParams {
  readonly format: Format;
  /** Does the text go to a terminal? */
  readonly tty: boolean;
  /** Columns of the terminal. Default 80. */
  readonly width?: number | undefined;
  readonly color?: boolean | undefined;
}

/** Results as text, ending with a line end. No control character of a name or reason reaches a terminal. */
export function render({ format, tty, width = 80, color = false, ...params }: RenderParams): string {
  switch (format) {
    case 'table':
      return terminalOf({ ...params, tty, width, color });
    case 'markdown':
      return markdownOf(params);
    case 'csv':
      return csvOfRows(tty ? params.rows.map(printableValues) : params.rows);
    case 'json':
      return jsonOf(params);
    default:
      return format satisfies never;
  }
}
