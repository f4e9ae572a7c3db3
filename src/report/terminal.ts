import { bestOfAll } from './best.ts';
import { answerLines } from './verdict/answer.ts';
import { formatTable, type Grid } from './text-table.ts';
import { drawnItems } from './items.ts';
import { makeNotes } from './notes.ts';
import type { Cell } from './pivot.ts';
import { captionOf, headOf, makeTables, wordsOf, type Table, type TablesParams, type TableSet } from './tables.ts';
import { printable } from './text.ts';
import { tieNotes } from './tie-notes.ts';
import { NO_TITLES } from './titles.ts';
import { wrapped } from './wrapped.ts';
import { protocolWords, scoresTitle, scoresWords } from './words.ts';

/** The tables for a terminal: drawn with rules on a TTY and no wider than it, as plain aligned columns elsewhere. */

export interface TerminalParams extends TablesParams {
  readonly tty: boolean;
  /** Columns of the terminal; a wider table is drawn in several parts. Output to a file is never split. */
  readonly width: number;
  /** Best results in bold instead of with a star. Never without a TTY. */
  readonly color: boolean;
}

/** Whether output to this stream may be coloured. See no-color.org. */
export function wantsColor({
  tty,
  env = process.env,
}: {
  readonly tty: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): boolean {
  return tty && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

export function inBold(text: string): string {
  return `\u001B[1m${text}\u001B[22m`;
}

interface Style {
  readonly tty: boolean;
  readonly width: number;
  readonly bold: ((text: string) => string) | undefined;
}

export function terminalOf({ tty, width, color, ...params }: TerminalParams): string {
  const style: Style = {
    tty,
    width: tty ? width : Number.POSITIVE_INFINITY,
    bold: tty && color ? inBold : undefined,
  };
  const set = makeTables(params);
  const reasons = set.reasons.map((reason, at) => `[${at + 1}] ${reason}`);
  const notes = [...tieNotes(set), ...makeNotes({ rows: params.rows, titles: params.titles ?? NO_TITLES })];
  const answer = params.predictions === undefined ? [] : answerLines(params);
  const blocks = [
    wrapped(printable(legend(set, style)), style.width),
    ...set.tables.flatMap((table) => drawTable(table, style)),
    ...drawBest(set, style),
    ...set.fineTuned.flatMap((table) => drawTable(table, style)),
    ...[reasons, notes, answer]
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.map((line) => wrapped(printable(line), style.width)).join('\n')),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function legend({ scores, settings, tables, fineTuned }: TableSet, { bold }: Style): string {
  const all = [...tables, ...fineTuned];
  if (all.length === 0) return 'No result could be computed.';
  const cells = all.flatMap((table) => table.rows.flatMap((row) => row.cells)).filter((cell) => cell.kind === 'score');
  const single = cells.filter((cell) => cell.spread !== undefined && cell.rows.length === 1).flatMap(({ rows }) => rows);
  return [
    [scoresWords(scores), ...settings].join(', '),
    ...(cells.some((cell) => cell.best)
      ? [
          (bold === undefined ? '* best of its column' : 'bold: best of its column') +
            (cells.some((cell) => cell.tied) ? ', ° not significantly different from it' : ''),
        ]
      : []),
    ...(cells.some((cell) => cell.spread !== undefined && cell.rows.length > 1) ? ['±: sample standard deviation of the seeds'] : []),
    ...(single.length > 0 ? [`in brackets: 95% CI over ${drawnItems(single)}`] : []),
    ...(cells.some((cell) => cell.published !== undefined) ? ['in parentheses: published'] : []),
  ].join('; ');
}

/** One table; in parts if it is wider than the terminal, each with as many columns as fit. */
function drawTable(table: Table, style: Style): string[] {
  const columns = table.columns.map((title, at) => ({
    title: printable(title),
    texts: columnTexts(
      table.rows.map((row) => row.cells[at]!),
      style,
    ),
  }));
  const head = headOf(table);
  const words = onceForEachGroup(table.rows.map((row) => wordsOf(table, row).map(printable)));
  const grid = (start: number, end: number): Grid => {
    const shown = columns.slice(start, end);
    const rows = words.map((names, at) => [...names, ...shown.map((column) => column.texts[at]!)]);
    // A single column is shrunk to fit; for more, `fits` asks for their natural width.
    const width = shown.length === 1 ? style.width : Number.POSITIVE_INFINITY;
    return formatTable({ head: [...head, ...shown.map((column) => column.title)], rows, names: head.length, ruled: style.tty, width });
  };
  const parts: string[] = [];
  for (let start = 0, end = 1; start < columns.length; start = end, end = start + 1) {
    let part = grid(start, end);
    for (; end < columns.length; end++) {
      const wider = grid(start, end + 1);
      if (wider.width > style.width) break;
      part = wider;
    }
    parts.push(part.text);
  }
  const caption = captionOf(table);
  return parts.map((text, at) => `${heading(parts.length === 1 ? caption : `${caption} (${at + 1} of ${parts.length})`, style)}\n${text}`);
}

/** Leaves out the first cells of a row that repeat those above. */
function onceForEachGroup(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((names, at) => names.map((name, column) => (column < names.length - 1 && name === rows[at - 1]?.[column] ? '' : name)));
}

function drawBest({ scores, tables, fineTuned }: TableSet, style: Style): string[] {
  const best = bestOfAll(tables);
  if (best === undefined) return [];
  const rows = best.winners.map(({ dataset, encoder, place, score: text, ties }) => [
    dataset,
    `${encoder}${ties === 0 ? '' : ` (and ${ties} more)`}`,
    place,
    text,
  ]);
  const head = ['Dataset', 'Encoder', 'Pooling', scoresTitle(scores)];
  const grid = formatTable({ head, rows: rows.map((row) => row.map(printable)), names: 3, ruled: style.tty, width: style.width });
  return [`${heading(`Best pooling per dataset${fineTuned.length === 0 ? '' : ', frozen'}, ${protocolWords(best)}`, style)}\n${grid.text}`];
}

function heading(text: string, { bold }: Style): string {
  return bold === undefined ? printable(text) : bold(printable(text));
}

/** The cells of one column, padded so that decimal points are aligned. */
function columnTexts(cells: readonly Cell[], { bold }: Style): string[] {
  const marks = cells.map((cell) => (cell.kind !== 'score' ? '' : cell.best && bold === undefined ? '*' : cell.tied ? '°' : ''));
  const width = longest(marks);
  const scores = cells.map((cell, at) => scoreText(cell, marks[at]!.padEnd(width)));
  const spreads = cells.map((cell) => (cell.kind === 'score' && cell.spread !== undefined ? ` ${cell.spread}` : ''));
  const behind = cells.map((cell) => (cell.kind === 'score' && cell.published !== undefined ? ` (${cell.published})` : ''));
  const [left, middle, right] = [longest(scores), longest(spreads), longest(behind)];
  return cells.map((cell, at) => {
    const score = scores[at]!;
    const text = bold !== undefined && cell.kind === 'score' && cell.best ? bold(score) : score;
    return ' '.repeat(left - score.length) + text + spreads[at]!.padEnd(middle) + behind[at]!.padEnd(right);
  });
}

function scoreText(cell: Cell, mark: string): string {
  switch (cell.kind) {
    case 'score':
      return `${cell.text}${mark}`;
    case 'failed':
      return `– [${cell.reason}]`;
    case 'empty':
      return '';
    default:
      return cell satisfies never;
  }
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
