import { fitRows } from '../../src/report/fit-columns.ts';
import { outputCsv, outputJson, type Output } from '../../src/report/output/output.ts';
import { TABLES, type CommandName } from '../../src/report/output/tables.ts';
import type { Table } from '../../src/results/kinds.ts';
import { escapeMarkdown, printable } from '../../src/report/text.ts';
import { FORMATS, type Format } from '../../src/report/render.ts';
import type { Options } from 'yargs';
import { flagged, flaggedReasons } from '../flags/flag-names.ts';
import type { Terminal } from '../command-module.ts';

export interface Listing<C extends CommandName> extends Output<C> {
  /** Human-readable: heading lines, and the lines below them. */
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
  /** By title: on a narrow terminal the columns with the lowest are dropped first; those without one identify the row. */
  readonly importance?: Readonly<Record<string, number>> | undefined;
}

/** A list as text in one format. */
export function listingText<C extends CommandName>(
  { head, lines, importance = {}, ...said }: Listing<C>,
  format: Format,
  { out, width }: Pick<Terminal, 'out' | 'width'>,
): string {
  const output = { ...said, notes: said.notes?.map(flagged), failures: said.failures && flaggedReasons(said.failures) };
  switch (format) {
    case 'table':
      return `${flagged(
        fitRows({
          head,
          rows: lines.map((line) => line.map(printable)),
          names: head.length,
          ruled: out.isTTY,
          width: width ?? Number.POSITIVE_INFINITY,
          importance,
        }),
      )}\n`;
    case 'markdown':
      return [head, head.map(() => '---'), ...lines.map((line) => line.map(escapeMarkdown))]
        .map((line) => `| ${line.join(' | ')} |\n`)
        .join('');
    case 'csv':
      return outputCsv({ ...output, tty: out.isTTY });
    case 'json':
      return outputJson(output);
    default:
      return format satisfies never;
  }
}

/** Rows whose headers are the columns of the command, in human-readable output too. */
export function plainListing<C extends CommandName>(output: Output<C>): Listing<C> {
  const table: Table = TABLES[output.command];
  const head = Object.keys(table).filter((name) => table[name]!.kind !== 'list');
  const lines = output.rows.map((row: Readonly<Record<string, unknown>>) => head.map((name) => [row[name]].flat().join(' ')));
  return { ...output, head, lines };
}

/** Prints the machine-readable result of a command. Without a format nothing is printed: the command's own lines have said it. */
export function printDone<C extends CommandName>(output: Output<C>, format: Format, terminal: Terminal): void {
  if (format !== 'table') terminal.out.write(listingText(plainListing(output), format, terminal));
}

/** `--format` of commands that write files. */
export const DONE_OPTION = {
  format: {
    type: 'string',
    requiresArg: true,
    default: 'table',
    describe: `Output format of the list of written files: ${FORMATS.join(', ')} (table: human-readable only).`,
  },
} as const satisfies Record<string, Options>;
