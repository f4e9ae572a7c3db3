import type { CellDiff, Change, DiffScore, ResultsDiff } from '../results/diff.ts';
import { fixed, pCell, significant } from '../results/format.ts';
import { KEY_COLUMNS, type Column, type Row } from '../results/row.ts';
import { isClassScore } from '../results/task-scores.ts';
import { ALPHA } from '../statistics/holm.ts';
import { fitRows } from './fit-columns.ts';
import { wrapped } from './wrapped.ts';
import { outputCsv, outputJson, type OutputFailure, type OutputRow } from './output/output.ts';
import type { TABLES } from './output/tables.ts';
import type { Format } from './render.ts';
import { escapeMarkdown, listed, printable } from './text.ts';
import { SCORE_TITLES } from './words.ts';

/** A comparison of two sets of results, for a terminal, a pull request, or machine-readable. */

export interface RenderDiffParams {
  readonly diff: ResultsDiff;
  readonly format: Format;
  /** Failures that make the command exit with status 1. */
  readonly failures?: readonly OutputFailure[] | undefined;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

/** A comment on a pull request has at most 65,536 characters. */
const MOST_LINES = 150;

const HEAD = ['Dataset', 'Encoder', 'Configuration', 'Before', 'After', 'Points', '95% CI', 'p', 'p (Holm)', ''] as const;
const NAMES = 3;
const IMPORTANCE: Readonly<Record<string, number>> = { p: 1, Before: 2, After: 3, 'p (Holm)': 4, '95% CI': 5 };

/** Text that ends with a newline. */
export function renderDiff({ diff, format, failures, tty, width }: RenderDiffParams): string {
  switch (format) {
    case 'table':
      return tableOf(diff, { tty, width: width ?? Number.POSITIVE_INFINITY });
    case 'markdown':
      return markdownOfDiff(diff);
    case 'csv':
      return outputCsv({ command: 'diff', rows: diff.cells.map(outputRow(diff)), tty });
    case 'json':
      return outputJson({ command: 'diff', rows: diff.cells.map(outputRow(diff)), notes: [summary(diff), ...notes(diff)], failures });
    default:
      return format satisfies never;
  }
}

function tableOf(diff: ResultsDiff, { tty, width }: { readonly tty: boolean; readonly width: number }): string {
  const changed = shownCells(diff);
  const varying = varyingColumns(diff.cells);
  const grid =
    changed.length === 0
      ? []
      : [
          fitRows({
            importance: IMPORTANCE,
            head: [...HEAD],
            rows: changed.map((cell) => lineOf(cell, varying).map(printable)),
            names: NAMES,
            ruled: tty,
            width,
          }),
        ];
  const limit = tty ? width : Number.POSITIVE_INFINITY;
  return `${[...grid, ...[...notes(diff), summary(diff)].map((line) => wrapped(printable(line), limit))].join('\n\n')}\n`;
}

/** For a pull request: what changed, and how it was tested. */
function markdownOfDiff(diff: ResultsDiff): string {
  const changed = shownCells(diff);
  const varying = varyingColumns(diff.cells);
  // The most important rows first, as the table may be cut off.
  const ranked = changed.toSorted((a, b) => rank(a) - rank(b));
  const shown = ranked.slice(0, MOST_LINES);
  const rows = shown.map((cell) => `| ${lineOf(cell, varying).map(escapeMarkdown).join(' | ')} |`);
  return `${[
    `### ${escapeMarkdown(summary(diff))}`,
    ...(rows.length === 0
      ? []
      : [[`| ${HEAD.join(' | ')} |`, `| ${HEAD.map((_, at) => (at < NAMES ? '---' : '---:')).join(' | ')} |`, ...rows].join('\n')]),
    ...(ranked.length > shown.length ? [`${ranked.length - shown.length} more results changed.`] : []),
    ...notes(diff).map(escapeMarkdown),
  ].join('\n\n')}\n`;
}

const RANKS: Readonly<Record<Change, number>> = { gone: 1, worse: 2, better: 3, new: 4, unchanged: 5 };

function rank({ change, significant: sure }: CellDiff): number {
  return sure ? 0 : RANKS[change];
}

function summary({ before, after, score, cells }: ResultsDiff): string {
  const count = (change: Change): string => {
    const own = cells.filter((cell) => cell.change === change);
    const sure = own.filter((cell) => cell.significant).length;
    return `${own.length} ${change}${sure > 0 ? ` (${sure} significantly)` : ''}`;
  };
  const scores = [...new Set([...cells.map((cell) => cell.score), ...(cells.length === 0 ? [score] : [])])];
  return `${scores.map((each) => SCORE_TITLES[each]).join(', ')}, ${before} → ${after}: ${listed((['better', 'worse', 'new', 'gone', 'unchanged'] as const).map(count))}`;
}

/** What changed; nothing if all results of both sets would be listed as gone or new. */
function shownCells(diff: ResultsDiff): CellDiff[] {
  return areDisjoint(diff) ? [] : diff.cells.filter(({ change }) => change !== 'unchanged');
}

/** Whether both sets have results, and none has a counterpart. */
function areDisjoint({ cells }: ResultsDiff): boolean {
  const changes = new Set(cells.map(({ change }) => change));
  return changes.size === 2 && changes.has('gone') && changes.has('new');
}

function disjointWords({ before, after, cells }: ResultsDiff): string {
  const valuesOf = (of: Change, column: (typeof KEY_COLUMNS)[number]): Set<string> =>
    new Set(cells.filter(({ change }) => change === of).map(({ row }) => row[column]));
  const apart = KEY_COLUMNS.filter((column) => {
    const old = valuesOf('gone', column);
    return ![...valuesOf('new', column)].some((value) => old.has(value));
  });
  const why = apart.length === 0 ? '' : `: they differ in ${listed(apart)}`;
  return `Nothing is comparable: no configuration is in both ${before} and ${after}${why}.`;
}

function notes(diff: ResultsDiff): string[] {
  const { cells } = diff;
  if (areDisjoint(diff)) return [disjointWords(diff)];
  const tests = new Set(cells.map(({ test }) => test));
  const tested = cells.filter(({ p }) => p !== undefined).length;
  const reasons = new Map<string, number>();
  for (const { note } of cells) if (note !== undefined) reasons.set(note, (reasons.get(note) ?? 0) + 1);
  const quietly = cells.filter(({ change, discordant }) => change === 'unchanged' && discordant !== undefined).length;
  return [
    ...(tested === 0
      ? []
      : [
          [
            'p is two-sided',
            ...(tests.has('mcnemar') ? ['exact McNemar tests'] : []),
            ...(tests.has('paired bootstrap')
              ? [
                  cells.some(({ score }) => !isClassScore(score))
                    ? 'paired bootstrap tests for other scores'
                    : 'paired bootstrap tests for F1',
                ]
              : []),
            `Holm-corrected (${tested} ${tested === 1 ? 'comparison' : 'comparisons'}: the results whose predictions changed). Significant: p < ${ALPHA}.`,
          ].join('; '),
        ]),
    ...[...reasons].map(
      ([reason, count]) =>
        `${count} ${count === 1 ? 'result is' : 'results are'} compared by intervals, as if the texts were different, since ${reason}.`,
    ),
    ...(quietly === 0
      ? []
      : [`${quietly} ${quietly === 1 ? 'result scores' : 'results score'} the same although some predictions changed.`]),
  ];
}

function lineOf(cell: CellDiff, varying: (row: Row) => ReadonlySet<string>): string[] {
  const { row, score, before, after, points, p, adjusted, significant: sure, change } = cell;
  return [
    row.dataset,
    row.encoder,
    resultName(row, varying(row)),
    before,
    after,
    points === undefined ? '' : signed(points.difference, score),
    points === undefined ? '' : `${signed(points.low, score)} to ${signed(points.high, score)}`,
    p === undefined ? '' : pCell(p),
    adjusted === undefined ? '' : pCell(adjusted),
    `${change}${sure ? ' **' : ''}`,
  ];
}

/** Columns shown only if the results of an encoder and dataset differ in them, or if they are not at their default. */
const QUIET = {
  dim: '',
  prompt: '',
  k: '',
  metric: 'euclidean',
  votes: 'uniform',
  index: 'exact',
  label_field: '',
  labels: '',
  concat_norm: 'raw',
  dtype: '',
  attention: '',
  max_length: '',
  sample: '',
  seed: '',
  task: '',
  pair: '',
  word_pooling: '',
  device: '',
} as const satisfies Partial<Record<Column, string>>;
const ALWAYS_UNLESS: ReadonlySet<Column> = new Set(['dim', 'prompt', 'metric', 'votes', 'index', 'concat_norm']);

/** The columns that identify a result, as far as a reader needs them. */
function resultName(row: Row, varying: ReadonlySet<string>): string {
  const { pooling, layers, protocol, split, objective } = row;
  const more = (Object.keys(QUIET) as (keyof typeof QUIET)[]).filter(
    (column) => row[column] !== '' && row[column] !== QUIET[column] && (ALWAYS_UNLESS.has(column) || varying.has(column)),
  );
  return [
    layers === 'last' ? pooling : `${pooling} ${layers}`,
    split === 'all' ? protocol : `${protocol} ${split}`,
    objective,
    ...more.map((column) => (Object.hasOwn(PREFIX, column) ? `${PREFIX[column as keyof typeof PREFIX]} ${row[column]}` : row[column])),
    // Next to results of a card, those of the CPU would look like all of them.
    varying.has('device') && row.device === '' ? 'on the CPU' : '',
  ]
    .filter((word) => word !== '')
    .join(', ');
}

const PREFIX = { dim: 'dim', prompt: 'prompt', k: 'k', seed: 'seed', max_length: 'at most', labels: 'labels', device: 'on' } as const;

function pairOf({ encoder, dataset }: Row): string {
  return JSON.stringify([encoder, dataset]);
}

/** For each encoder and dataset, the columns in which its results differ. */
function varyingColumns(cells: readonly CellDiff[]): (row: Row) => ReadonlySet<string> {
  const values = new Map<string, Map<string, Set<string>>>();
  for (const { row } of cells) {
    const columns = values.get(pairOf(row)) ?? new Map<string, Set<string>>();
    for (const column of Object.keys(QUIET) as (keyof typeof QUIET)[])
      columns.set(column, (columns.get(column) ?? new Set()).add(row[column]));
    values.set(pairOf(row), columns);
  }
  return (row) => new Set([...values.get(pairOf(row))!].filter(([, seen]) => seen.size > 1).map(([column]) => column));
}

/** Percentage points; for numbers a difference in their unit. */
function signed(points: number, score: DiffScore): string {
  const text = fixed(points, isClassScore(score) ? 2 : 4);
  return points > 0 && Number(text) !== 0 ? `+${text}` : text.replace('-', '−');
}

function outputRow({ before: from, after: to }: ResultsDiff): (cell: CellDiff) => OutputRow<typeof TABLES.diff> {
  return ({ row, score, change, before, after, points, test, p, adjusted, significant: sure, discordant, note }) => ({
    ...cellOf(row),
    change,
    before,
    after,
    difference: digits(points?.difference),
    low: digits(points?.low),
    high: digits(points?.high),
    test: test ?? '',
    p: digits(p),
    p_holm: digits(adjusted),
    significant: String(sure),
    only_before: discordant === undefined ? '' : String(discordant[0]),
    only_after: discordant === undefined ? '' : String(discordant[1]),
    note: note ?? '',
    score,
    from,
    to,
  });
}

/** The columns that identify a result. */
function cellOf(row: Row): Pick<Row, (typeof KEY_COLUMNS)[number]> {
  return Object.fromEntries(KEY_COLUMNS.map((column) => [column, row[column]])) as Row;
}

function digits(value: number | undefined): string {
  return value === undefined ? '' : significant(value, 6);
}
