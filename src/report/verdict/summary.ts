import { groupBy } from '../../group-by.ts';
import { pCell } from '../../results/format.ts';
import { fitColumns, notShown, type FitColumn } from '../fit-columns.ts';
import { estimatorTitle } from '../rank-lines.ts';
import { listed, printable } from '../text.ts';
import { ALPHA } from '../../statistics/holm.ts';
import { datasetTitle, type Titles } from '../titles.ts';
import { wrapped } from '../wrapped.ts';
import { objectiveTitle, protocolWords, scoresWords, SCORE_TITLES } from '../words.ts';
import type { RankedLine, RankedList } from './ranked-list.ts';
import { nameOf, verdictSentence } from './sentence.ts';
import type { ScoreColumn } from '../../results/task-scores.ts';
import { againstBestWords, TIE_TESTS } from '../tie-notes.ts';
import { verdictOfMany } from './verdict-of-many.ts';

/** The end of a command's output: the answer and the lines that it is based on. */

export interface SummaryParams {
  /** One per dataset. */
  readonly lists: readonly RankedList[];
  readonly titles: Titles;
  /** Whether the text is for a terminal. */
  readonly tty: boolean;
  /** Columns of the terminal; output to a file is not limited. */
  readonly width: number;
  readonly bold?: ((text: string) => string) | undefined;
}

/** Lines shown per dataset; more are counted. */
const MOST_LINES = 15;
/** Maximum number of datasets with a separate sentence. */
const MOST_SENTENCES = 3;

/** Tables of the best results, `''` if there is nothing to show. */
export function summaryTables({ lists, ...style }: SummaryParams): string {
  return [...groupBy(lists, ({ by, protocol, split }) => JSON.stringify([by, protocol, split])).values()]
    .map((own) => (own.length === 1 ? ofOne(own[0]!, style) : ofMany(own, style)))
    .join('\n\n');
}

/** The answer: one sentence per dataset, with many datasets one for all. */
export function summarySentences({ lists, titles }: Pick<SummaryParams, 'lists' | 'titles'>): string[] {
  const overall = overallSentences({ lists, titles });
  return overall.length === 0 ? lists.map((list) => verdictSentence(list, titles)) : overall;
}

/** The answer for all datasets of one score; empty if there are so few that each has its own sentence. */
export function overallSentences({ lists, titles }: Pick<SummaryParams, 'lists' | 'titles'>): string[] {
  if (lists.length <= MOST_SENTENCES) return [];
  return [...groupBy(lists, ({ by }) => by).values()].map((own) =>
    own.length === 1 ? verdictSentence(own[0]!, titles) : verdictOfMany(own, titles),
  );
}

/** How ties were determined, a sentence for each method. */
export function summaryNotes(lists: readonly RankedList[]): string[] {
  const tested = lists.filter(({ test, lines }) => test !== 'none' && lines.length > 1);
  if (tested.length === 0) return [];
  const tests = [...new Set(tested.map(({ test }) => TIE_TESTS.get(test)!))];
  return [
    `Ties: ${againstBestWords(
      listed(tests),
      tested.map(({ lines }) => lines.length - 1),
      'dataset',
    )}.`,
  ];
}

type Style = Omit<SummaryParams, 'lists'>;

/** Best first: one encoder per line. */
function ofOne(list: RankedList, { titles, tty, width, bold }: Style): string {
  const shown = list.lines.slice(0, MOST_LINES);
  const tuned = list.by === 'fine-tuned';
  const column = (title: string, text: (line: RankedLine) => string, importance?: number): FitColumn => ({
    title,
    texts: shown.map((line) => printable(text(line))),
    importance,
  });
  const score: FitColumn = {
    title: list.score === undefined ? estimatorTitle(list.by) : shortTitle(list.score),
    texts: padded(shown.map((line) => marked(line, minus(line.score), bold))),
  };
  const columns = [
    column('', ({ rank, tied }) => `${rank}${tied ? '=' : ''}`),
    column('Encoder', ({ encoder, variant }) => nameOf({ encoder, objective: '', variant }, titles)),
    ...(tuned ? [column('Fine-tuned by', ({ objective }) => (objective === '' ? '–' : objectiveTitle(objective)))] : []),
    column(tuned ? 'Scored by' : 'Pooling', ({ place }) => place, 2),
    score,
    column('95% CI', intervalWords, 4),
    ...(list.test === 'none' ? [] : [column('p', (line) => (line.p === undefined || line === shown[0] ? '–' : pCell(line.p)), 3)]),
    ...(tuned ? [column('Best epoch', ({ epochs }) => epochs, 1)] : []),
  ];
  const { text, dropped } = fitColumns({ columns, count: shown.length, names: tuned ? 4 : 3, ruled: tty, width });
  const more = list.lines.length - shown.length;
  return [
    captioned(datasetTitle(titles, list.dataset), headingWords(list), { width, bold }),
    text,
    ...(more === 0 ? [] : [`… and ${more} more.`]),
    ...notShown(dropped, width),
  ].join('\n');
}

/** Datasets and encoders, the more numerous ones as rows. */
function ofMany(lists: readonly RankedList[], { titles, tty, width, bold }: Style): string {
  const contenders = [...new Map(lists.flatMap(({ lines }) => lines.map((line) => [nameOf(line, titles), line] as const))).keys()];
  const caption = lists[0]!.by === 'fine-tuned' ? 'Fine-tuned encoders' : 'Best pooling per encoder';
  const datasets = lists.map(
    (list) => `${datasetTitle(titles, list.dataset)}${list.target !== '' && sameName(lists, list) ? ` (${list.target})` : ''}`,
  );
  const find = (list: RankedList, name: string): RankedLine | undefined => list.lines.find((line) => nameOf(line, titles) === name);
  const cell = (list: RankedList, name: string): string => {
    const line = find(list, name);
    return line === undefined ? '–' : marked(line, minus(line.score), list.lines.length > 1 ? bold : undefined, list.lines.length > 1);
  };
  if (contenders.length === 1) {
    const lines = lists.map((list) => list.lines[0]!);
    const columns: FitColumn[] = [
      { title: 'Dataset', texts: datasets.map(printable) },
      { title: 'Pooling', texts: lines.map(({ place }) => printable(place)), importance: 1 },
      { title: scoreTitle(lists), texts: lines.map((line) => minus(line.score)) },
      { title: '95% CI', texts: lines.map(intervalWords), importance: 2 },
    ];
    const { text, dropped } = fitColumns({ columns, count: lists.length, names: 2, ruled: tty, width });
    return [
      captioned(`${contenders[0]!}, best pooling`, headingWords(lists[0]!, lists), { width, bold }),
      text,
      ...notShown(dropped, width),
    ].join('\n');
  }
  // Encoders with the most first places come first, and are dropped last.
  const order = contenders.toSorted((a, b) => meanRank(lists, find, a) - meanRank(lists, find, b) || (a < b ? -1 : 1));
  const down =
    order.length > lists.length
      ? {
          title: 'Encoder',
          names: order,
          columns: lists.map((list, at) => ({ title: datasets[at]!, texts: order.map((name) => cell(list, name)) })),
        }
      : {
          title: 'Dataset',
          names: datasets,
          columns: order.map((name) => ({ title: name, texts: lists.map((list) => cell(list, name)) })),
        };
  const columns: FitColumn[] = [
    { title: down.title, texts: down.names.map(printable) },
    ...down.columns.map(({ title, texts }, at): FitColumn => ({
      title: printable(title),
      texts: padded(texts),
      importance: at === 0 ? undefined : -at,
    })),
  ];
  const { text, dropped } = fitColumns({ columns, count: down.names.length, names: 1, ruled: tty, width });
  return [captioned(caption, headingWords(lists[0]!, lists, bold === undefined), { width, bold }), text, ...notShown(dropped, width)].join(
    '\n',
  );
}

function sameName(lists: readonly RankedList[], { dataset }: RankedList): boolean {
  return lists.filter((each) => each.dataset === dataset).length > 1;
}

function meanRank(lists: readonly RankedList[], find: (list: RankedList, name: string) => RankedLine | undefined, name: string): number {
  const ranks = lists.map((list) => find(list, name)?.rank ?? list.lines.length + 1);
  return ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
}

/** `frozen, micro-F1 in percent, k-NN leave-one-out`. */
function headingWords(list: RankedList, lists: readonly RankedList[] = [list], starred = false): string {
  const scores = [...new Set(lists.flatMap(({ score }) => score ?? []))];
  const unit = scores.length === 0 ? estimatorTitle(list.by) : scoresWords(scores);
  const contested = lists.length > 1 ? lists.filter(({ lines }) => lines.length > 1) : [];
  const marks = [
    ...(starred && contested.some(({ lines }) => !lines[0]!.tied) ? ['*: best'] : []),
    ...(contested.some(({ lines }) => lines.some(({ tied }) => tied))
      ? [`°: not significantly different from the best (p ≥ ${ALPHA})`]
      : []),
  ];
  if (list.by === 'fine-tuned') return [`${unit} on ${list.split}`, 'best epoch by dev score', ...marks].join(', ');
  if (list.by !== 'results') return [unit, 'frozen encoders', ...marks].join(', ');
  return [unit, `frozen encoders, k-NN ${protocolWords(list)}`, ...marks].join(', ');
}

function scoreTitle(lists: readonly RankedList[]): string {
  const scores = [...new Set(lists.flatMap(({ score }) => score ?? []))];
  return scores.length === 1 ? shortTitle(scores[0]!) : scores.length === 0 ? estimatorTitle(lists[0]!.by) : 'Score';
}

/** `Spearman`: short title for a column. */
function shortTitle(score: ScoreColumn): string {
  return SCORE_TITLES[score].replace("'s correlation", '');
}

function intervalWords({ low, high, seeds, deviation }: RankedLine): string {
  if (seeds > 1) return `± ${deviation} (${seeds} seeds)`;
  return low === '' || high === '' ? '' : `${minus(low)} – ${minus(high)}`;
}

/** The best in bold, or with a star; ° if it is tied for first in a table without ranks. */
function marked({ rank, tied }: RankedLine, text: string, bold: Style['bold'], marks = false): string {
  const best = rank === 1 && !tied;
  const mark = !marks ? '' : tied ? '°' : best && bold === undefined ? '*' : ' ';
  return `${best && bold !== undefined ? bold(text) : text}${mark}`;
}

/** Marks are to the right of the number, so that decimal points are aligned. */
function padded(texts: readonly string[]): readonly string[] {
  return texts.some((text) => text.endsWith('°') || text.endsWith('*')) ? texts : texts.map((text) => text.trimEnd());
}

/** `tickets: micro-F1 …`, the first in bold. */
function captioned(head: string, words: string, { width, bold }: Pick<SummaryParams, 'width' | 'bold'>): string {
  const [name, said] = [printable(head), wrapped(`${printable(head)}: ${words}`, width)];
  return bold === undefined || !said.startsWith(name) ? said : `${bold(name)}${said.slice(name.length)}`;
}

function minus(text: string): string {
  return text.replace('-', '−');
}
