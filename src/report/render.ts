import { sortRows } from '../results/order.ts';
import { markdownOf } from './markdown.ts';
import { makeNotes } from './notes.ts';
import { outputCsv, outputJson, type OutputFailure } from './output/output.ts';
import type { ResultsCommand } from './output/tables.ts';
import { numberReasons } from './reasons.ts';
import { makeTables, type TablesParams } from './tables.ts';
import { inBold, terminalOf } from './terminal.ts';
import { answerOf } from './verdict/answer.ts';
import { tieNotes } from './tie-notes.ts';
import { NO_TITLES } from './titles.ts';

/** Values of `--format`. */
export const FORMATS = ['table', 'markdown', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderParams extends TablesParams {
  /** The command that prints them. */
  readonly command: ResultsCommand;
  readonly format: Format;
  /** Warnings, machine-readable: the terminal has shown them. */
  readonly notes?: readonly string[] | undefined;
  /** Further missing results, machine-readable. */
  readonly missing?: readonly OutputFailure[] | undefined;
  /** Whether the text is for a terminal. */
  readonly tty: boolean;
  /** Columns of the terminal. Default: 80. */
  readonly width?: number | undefined;
  readonly color?: boolean | undefined;
  /** Every table at any width, or only those that answer. Default: every table. */
  readonly detail?: 'answer' | 'all' | undefined;
}

/** Results as text, ending with a newline. No control character of a name or reason reaches a terminal. */
export function render({
  command,
  format,
  notes = [],
  missing = [],
  tty,
  width = 80,
  color = false,
  detail = 'all',
  ...params
}: RenderParams): string {
  switch (format) {
    case 'table':
      return detail === 'all'
        ? terminalOf({ ...params, tty, width, color })
        : answerOf({ ...params, tty, width: tty ? width : Number.POSITIVE_INFINITY, bold: tty && color ? inBold : undefined });
    case 'markdown':
      return markdownOf(params);
    case 'csv':
      return outputCsv({ command, rows: sortRows(params.rows), tty });
    case 'json':
      return outputJson({
        command,
        rows: sortRows(params.rows),
        notes: [...notes, ...notesBelow(params)],
        failures: [...numberReasons({ failures: params.failures ?? [], titles: NO_TITLES }).sorted, ...missing],
      });
    default:
      return format satisfies never;
  }
}

/** Notes below the tables. */
function notesBelow(params: TablesParams): string[] {
  return [...tieNotes(makeTables(params)), ...makeNotes({ rows: params.rows, titles: params.titles ?? NO_TITLES })];
}
