import { bestOfAll } from './best.ts';
import { groupBy } from '../group-by.ts';
import { drawnItems, isOfTags } from './items.ts';
import { makeNotes } from './notes.ts';
import type { Cell } from './pivot.ts';
import { captionOf, headOf, makeTables, wordsOf, type Table, type TablesParams, type TableSet } from './tables.ts';
import { escapeMarkdown } from './text.ts';
import { tieNotes } from './tie-notes.ts';
import { NO_TITLES } from './titles.ts';
import { isClassScore, isError } from '../results/task-scores.ts';
import { POOLINGS, PROTOCOLS, protocolWords, scoresTitle, scoresWords, type Score } from './words.ts';

/** results.md, from rows only: no time, no machine; the same rows give the same bytes in any order. Newlines are LF. */
export function markdownOf(params: TablesParams): string {
  const set = makeTables(params);
  const blocks = [
    `# ${pageTitle(set)}`,
    intro(set, params.rows.length > 0 && params.rows.every(isOfTags)),
    ...protocols([...set.tables, ...set.fineTuned]),
    ...summary(set),
    ...set.tables
      .filter((table) => table.layout === 'poolings')
      .flatMap((table) => [`## ${escapeMarkdown(captionOf(table))}`, scores(table)]),
    ...sections(set.tables.filter((table) => table.layout === 'encoders')),
    ...sections(set.fineTuned),
    ...poolings(set.tables.filter((table) => table.layout === 'poolings')),
    ...list({ title: 'Not computed', lines: set.reasons, mark: (at) => `${at + 1}.` }),
    ...list({
      title: 'Notes',
      lines: [...tieNotes(set), ...makeNotes({ rows: params.rows, titles: params.titles ?? NO_TITLES })],
      mark: () => '-',
    }),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function pageTitle({ tables, fineTuned }: TableSet): string {
  if (fineTuned.length === 0) return 'Frozen encoders, scored by k-NN';
  return tables.length === 0 ? 'Fine-tuned encoders' : 'Frozen and fine-tuned encoders';
}

/** `words`: all rows are of tagged words. */
function intro({ scores: shown, settings, tables, fineTuned, reasons }: TableSet, words: boolean): string {
  if (tables.length === 0 && fineTuned.length === 0) return 'No result could be computed.';
  const cells = [...tables, ...fineTuned].flatMap((table) => table.rows.flatMap((row) => row.cells));
  const single = cells.flatMap((cell) => (cell.kind === 'score' && cell.spread !== undefined && cell.rows.length === 1 ? cell.rows : []));
  const how = settings.length === 0 ? '' : ` (${escapeMarkdown(settings.join(', '))})`;
  return [
    `${scoresWords(shown)}.`,
    ...(tables.length === 0
      ? []
      : [
          `Each ${words ? 'word is given the tag' : givenWords(shown)} of its nearest neighbours${how} among the vectors of frozen encoders.`,
        ]),
    ...(fineTuned.length === 0
      ? []
      : [
          `Fine-tuned encoders were trained on the train split, with the best epoch by dev score: each ${words ? 'word is given the tag' : 'text is given the class'} of its nearest ` +
            `neighbours${tables.length === 0 ? how : ''} among the train ${words ? 'words' : 'texts'}, or predicted by the classification head that was trained with the encoder.`,
        ]),
    ...(shown.some(isError) ? [] : ['Higher is better.']),
    ...(cells.some((cell) => cell.kind === 'score' && cell.best)
      ? [
          'The best of each column is ' +
            `**bold**${cells.some((cell) => cell.kind === 'score' && cell.tied) ? '; ° marks results that are not significantly different from it (see the [notes](#notes))' : ''}.`,
        ]
      : []),
    ...(cells.some((cell) => cell.kind === 'score' && cell.spread !== undefined && cell.rows.length > 1)
      ? ['Several seeds: mean ± sample standard deviation.']
      : []),
    ...(single.length > 0 ? [`In brackets: 95% CI over ${drawnItems(single)}.`] : []),
    ...(cells.some((cell) => cell.kind === 'score' && cell.published !== undefined) ? ['In parentheses: the published score.'] : []),
    ...(reasons.length > 0 ? [`A dash is a result that could not be computed; the number refers to [the reason](#not-computed).`] : []),
  ].join(' ');
}

function protocols(tables: readonly Table[]): string[] {
  const used = [...PROTOCOLS].filter(([protocol]) => tables.some((table) => table.protocols.includes(protocol)));
  return used.length === 0 ? [] : [used.map(([protocol, words]) => `- **${protocol}**: ${words}`).join('\n')];
}

/** What is predicted for a text: a class, or a number. */
function givenWords(shown: readonly Score[]): string {
  const [classes, numbers] = [shown.some(isClassScore), shown.some((score) => !isClassScore(score))];
  return classes && numbers
    ? 'text is given the class, or the mean of the numbers,'
    : numbers
      ? 'text is given the mean of the numbers'
      : 'text is given the class';
}

function summary({ scores: shown, tables, fineTuned }: TableSet): string[] {
  const best = bestOfAll(tables);
  if (best === undefined) return [];
  const rows = best.winners.map(({ dataset, encoder, place, score: text, ties }) => [
    escapeMarkdown(dataset),
    `${escapeMarkdown(encoder)}${ties === 0 ? '' : ` (and ${ties} more)`}`,
    escapeMarkdown(place),
    text,
  ]);
  return [
    `## Best pooling per dataset${fineTuned.length === 0 ? '' : ', frozen'}, ${escapeMarkdown(protocolWords(best))}`,
    pipes({ head: ['Dataset', 'Encoder', 'Pooling', scoresTitle(shown)], numbersFrom: 3, rows }),
  ];
}

/** One section per pooling, with the tables of its protocols. */
function sections(tables: readonly Table[]): string[] {
  return [...groupBy(tables, (one) => one.name)].flatMap(([name, own]) => {
    const words = POOLINGS.get(own[0]!.poolings[0]!);
    const about = words === undefined ? [] : [words];
    if (own.length === 1) return [`## ${escapeMarkdown(captionOf(own[0]!))}`, ...about, scores(own[0]!)];
    const title = own[0]!.layout === 'objectives' ? `${name}, fine-tuned` : name;
    return [`## ${escapeMarkdown(title)}`, ...about, ...own.flatMap((one) => [`### ${escapeMarkdown(captionOf(one))}`, scores(one)])];
  });
}

/** Explains the poolings, once for all tables that have them as rows. */
function poolings(tables: readonly Table[]): string[] {
  const used = [...POOLINGS].filter(([pooling]) => tables.some((table) => table.poolings.includes(pooling)));
  return used.length === 0 ? [] : ['## Poolings', used.map(([pooling, words]) => `- **${pooling}**: ${words}`).join('\n')];
}

function scores(table: Table): string {
  const head = headOf(table);
  return pipes({
    head: [...head, ...table.columns.map(escapeMarkdown)],
    numbersFrom: head.length,
    rows: table.rows.map((row) => [...wordsOf(table, row).map(escapeMarkdown), ...row.cells.map(cellText)]),
  });
}

function cellText(cell: Cell): string {
  switch (cell.kind) {
    case 'score':
      return `${cell.best ? `**${cell.text}**` : `${cell.text}${cell.tied ? '°' : ''}`}${cell.spread === undefined ? '' : ` ${cell.spread}`}${cell.published === undefined ? '' : ` (${cell.published})`}`;
    case 'failed':
      return `–<sup>${cell.reason}</sup>`;
    case 'empty':
      return '';
    default:
      return cell satisfies never;
  }
}

/** Table cells are padded, so that the file is readable as text too. */
function pipes({
  head,
  numbersFrom,
  rows,
}: {
  readonly head: readonly string[];
  readonly numbersFrom: number;
  readonly rows: readonly (readonly string[])[];
}): string {
  const widths = head.map((title, at) => Math.max(4, title.length, ...rows.map((row) => row[at]!.length)));
  const pad = (text: string, at: number): string => (at < numbersFrom ? text.padEnd(widths[at]!) : text.padStart(widths[at]!));
  const rule = widths.map((width, at) => (at < numbersFrom ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [head.map(pad), rule, ...rows.map((row) => row.map(pad))].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function list({
  title,
  lines,
  mark,
}: {
  readonly title: string;
  readonly lines: readonly string[];
  readonly mark: (at: number) => string;
}): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.map((line, at) => `${mark(at)} ${escapeMarkdown(line)}`).join('\n')];
}
