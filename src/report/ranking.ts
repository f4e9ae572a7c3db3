import { fixed, pCell, significant } from '../results/format.ts';
import { ALPHA } from '../statistics/holm.ts';
import { budgetNote } from './budget-note.ts';
import { fitColumns, notShown, type FitColumn } from './fit-columns.ts';
import { listOfRanking, poolingWords } from './verdict/of-ranking.ts';
import { summarySentences } from './verdict/summary.ts';
import { wrapped } from './wrapped.ts';
import { own } from '../own.ts';
import { bestLayerText, curveText } from './layer-curves.ts';
import { bestPooling, rankedName, type Estimate, type RankedEncoder, type Ranking } from '../estimators/ranked.ts';
import { boundText, estimatorTitle, rankLines, scoreText, type RankLine } from './rank-lines.ts';
import { outputCsv, outputJson, type OutputFailure, type OutputRow } from './output/output.ts';
import type { TABLES } from './output/tables.ts';
import type { Format } from './render.ts';
import { escapeMarkdown, printable } from './text.ts';
import { againstBestWords, MCNEMAR_TESTS, NUMBER_TESTS, SENTENCE_TESTS } from './tie-notes.ts';
import { encoderTitle, type Titles } from './titles.ts';

export interface RenderRankingParams {
  readonly rankings: readonly Ranking[];
  readonly titles: Titles;
  readonly format: Format;
  /** Warnings, machine-readable: the terminal has shown them. */
  readonly notes?: readonly string[] | undefined;
  /** Encoders that could not be ranked. */
  readonly failures?: readonly OutputFailure[] | undefined;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

export function renderRanking({
  rankings,
  titles,
  format,
  notes = [],
  failures,
  tty,
  width = Number.POSITIVE_INFINITY,
}: RenderRankingParams): string {
  switch (format) {
    case 'table':
      return `${rankings
        .map((ranking) => {
          const lines = rankLines(ranking);
          const names = estimatorNames(ranking);
          const { text: table, dropped } = fitColumns({
            columns: columnsOf(ranking, { lines, names, titles }),
            count: lines.length,
            names: 4,
            ruled: tty,
            width,
          });
          const budget = budgetLines(ranking, lines, titles).map(printable);
          const curves = ranking.encoders.some(hasCurve) ? [curveText(ranking, titles)] : [];
          return [
            `${printable(ranking.dataset)}, by ${estimatorTitle(ranking.by)}`,
            table,
            ...notShown(dropped, width),
            ...(table.includes(BLOCK) ? [barsNote(ranking, lines)] : []),
            note(ranking, lines),
            ...budget,
            ...curves,
          ]
            .map((line) => (tty ? wrappedLines(line, width) : line))
            .join('\n');
        })
        .join('\n\n')}\n\n${answer(rankings, titles)
        .map((line) => (tty ? wrapped(line, width) : line))
        .join('\n')}\n`;
    case 'markdown':
      return `${rankings
        .map((ranking) => {
          const lines = rankLines(ranking);
          const names = estimatorNames(ranking);
          const head = headOf(ranking, names, false);
          return [
            `### ${escapeMarkdown(`${ranking.dataset}, by ${estimatorTitle(ranking.by)}`)}`,
            [
              `| ${head.join(' | ')} |`,
              `| ${head.map((_, at) => (at < 3 ? '---' : '---:')).join(' | ')} |`,
              ...lines.map(
                (line) =>
                  `| ${[...wordsOf(line, titles), ...numbersOf(line, ranking, names, line === lines[0])].map(escapeMarkdown).join(' | ')} |`,
              ),
            ].join('\n'),
            escapeMarkdown(note(ranking, lines)),
            ...budgetLines(ranking, lines, titles).map(escapeMarkdown),
          ].join('\n\n');
        })
        .join('\n\n')}\n`;
    case 'csv':
      return outputCsv({ command: 'rank', rows: rankings.flatMap(outputRows), tty });
    case 'json':
      return outputJson({
        command: 'rank',
        rows: rankings.flatMap(outputRows),
        notes: [...notes, ...rankings.flatMap((ranking) => belowOf(ranking, titles))],
        failures,
      });
    default:
      return format satisfies never;
  }
}

function headOf({ by, encoders }: Ranking, names: readonly string[], chart: boolean): string[] {
  const layers = encoders.some(hasCurve);
  return [
    '',
    'Encoder',
    'Pooling',
    ...(chart ? [''] : []),
    estimatorTitle(by),
    '95% CI',
    'p',
    ...names.map(estimatorTitle),
    ...(layers ? ['Best layer'] : []),
    'Parameters',
    'ms/text',
    'MB',
  ];
}

/** On a narrow terminal the columns that matter least for choosing an encoder are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = { Pooling: 7, '95% CI': 9, p: 8, Parameters: 5, 'ms/text': 6, 'Best layer': 3, MB: 2 };
const OTHER_ESTIMATOR = 4;
const CHART = 1;

function columnsOf(
  ranking: Ranking,
  { lines, names, titles }: { readonly lines: readonly RankLine[]; readonly names: readonly string[]; readonly titles: Titles },
): FitColumn[] {
  const rows = lines.map((line) => [
    ...wordsOf(line, titles).map(printable),
    bar(line, lines),
    ...numbersOf(line, ranking, names, line === lines[0]),
  ]);
  const kept = ['', 'Encoder', estimatorTitle(ranking.by)];
  return headOf(ranking, names, true).map((title, at): FitColumn => ({
    title,
    texts: rows.map((row) => row[at]!),
    importance: at === 3 ? CHART : kept.includes(title) ? undefined : (own(IMPORTANCE, title) ?? OTHER_ESTIMATOR),
  }));
}

/** The answer, one sentence per dataset. */
export function answer(rankings: readonly Ranking[], titles: Titles): string[] {
  return summarySentences({ lists: rankings.map(listOfRanking), titles }).map(printable);
}

/** Notes are wrapped; tables and charts, which fit, are not. */
function wrappedLines(text: string, width: number): string {
  return text.startsWith('┌')
    ? text
    : text
        .split('\n')
        .map((line) => wrapped(line, width))
        .join('\n');
}

function wordsOf({ rank, tied, encoder, pooling }: RankLine, titles: Titles): string[] {
  return [`${rank}${tied ? '=' : ''}`, rankedName(encoder, encoderTitle(titles, encoder.encoder)), poolingWords(pooling)];
}

function numbersOf(
  { encoder, score, interval, p }: RankLine,
  { by, encoders }: Ranking,
  names: readonly string[],
  isFirst: boolean,
): string[] {
  return [
    scoreText(score),
    interval === undefined ? '' : `${boundText(score, interval.low)} – ${boundText(score, interval.high)}`,
    p === undefined ? '' : isFirst ? '–' : pCell(p),
    ...names.map((name) => scoreText(bestPooling(encoder.poolings, name).score)),
    ...(encoders.some(hasCurve) ? [bestLayerText(encoder, by)] : []),
    `${fixed(encoder.parameters / 1e6, 1)} M`,
    encoder.textMs === undefined ? 'stored' : fixed(encoder.textMs, 2),
    encoder.memoryBytes === undefined ? 'stored' : fixed(encoder.memoryBytes / 1e6, 0),
  ];
}

function hasCurve({ curve }: RankedEncoder): boolean {
  return curve.length > 0;
}

function budgetLines({ budget, by }: Ranking, lines: readonly RankLine[], titles: Titles): string[] {
  return budget === undefined ? [] : budgetNote({ budget, by, lines, titles });
}

/** The other estimators of a ranking. */
function estimatorNames({ by, encoders }: Ranking): string[] {
  return encoders[0]!.poolings[0]!.estimates.map(({ estimator }) => estimator).filter((name) => name !== by);
}

const BAR = 10;
const BLOCK = '█';
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The best has the longest bar; equal scores have none, as nothing is to be seen. */
function bar({ score }: RankLine, lines: readonly RankLine[]): string {
  const { start, end } = barScale(lines);
  if (start === end) return '';
  const eighths = Math.round((8 * BAR * (score.score - start)) / (end - start));
  return `${BLOCK.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]!}`;
}

/** Scores at the start of all bars and at the end of the longest: the worst has a tenth of it. */
function barScale(lines: readonly RankLine[]): { readonly start: number; readonly end: number } {
  const scores = lines.map((line) => line.score.score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  return { start: low - (high - low) / 9, end: high };
}

function barsNote({ by }: Ranking, lines: readonly RankLine[]): string {
  const best = lines[0]!.score;
  return `Bars start at ${estimatorTitle(by)} ${scoreText({ ...best, score: barScale(lines).start })}, not at 0.`;
}

/** What the scores are, if not accuracy of texts; and how certain the order is. */
function note(ranking: Ranking, lines: readonly RankLine[]): string {
  return [scoreWords(lines), verdictWords(ranking, lines)].filter((words) => words !== '').join(' ');
}

function scoreWords(lines: readonly RankLine[]): string {
  switch (lines[0]?.score.outcomes?.kind) {
    case 'counts':
      return (
        'Scores of tags are micro-F1 without O (accuracy if there is no O); neighbours and training words of the probe come from ' +
        'other sentences.'
      );
    case 'numbers':
      return "Scores of numbers are Spearman's correlation.";
    default:
      return '';
  }
}

function verdictWords({ budget }: Ranking, lines: readonly RankLine[]): string {
  const tied = lines.filter((line) => line.tied).length;
  if (lines.length < 2) return budget === undefined ? 'One encoder: nothing to compare.' : 'One encoder remains.';
  if (lines[0]?.p === undefined) return 'This estimator predicts no classes or numbers, so the order cannot be tested for significance.';
  const verdict =
    tied > 1
      ? `${tied} encoders are tied for first: not significantly different from the best (p ≥ ${ALPHA})`
      : `The top encoder is significantly better than every other (p < ${ALPHA})`;
  return `${verdict}: ${againstBestWords(testWords(lines), [lines.length - 1])}.`;
}

function testWords(lines: readonly RankLine[]): string {
  const kinds = new Set(lines.map(({ score }) => score.outcomes?.kind));
  return kinds.has('counts') ? SENTENCE_TESTS : kinds.has('numbers') ? NUMBER_TESTS : MCNEMAR_TESTS;
}

/** Notes below a table, each with the dataset that it is about. */
function belowOf(ranking: Ranking, titles: Titles): string[] {
  const lines = rankLines(ranking);
  return [note(ranking, lines), ...budgetLines(ranking, lines, titles)].map((sentence) => `${ranking.dataset}: ${sentence}`);
}

type RankRow = OutputRow<typeof TABLES.rank>;

/** Dropped encoders follow the remaining ones, without a rank, as they were scored on fewer texts. */
export function outputRows(ranking: Ranking): RankRow[] {
  const kept = rankLines(ranking).map((line) => outputRow(ranking, line, { rank: String(line.rank), tied: String(line.tied) }));
  const eliminated = (ranking.budget?.dropped ?? []).map(({ encoder, round, why, p }) => {
    const [line] = rankLines({ ...ranking, encoders: [encoder] });
    return outputRow(ranking, { ...line!, p }, { dropped: why, round: String(round) });
  });
  return [...kept, ...eliminated];
}

function outputRow(
  { dataset, by }: Ranking,
  { encoder, pooling, score, interval, p }: Pick<RankLine, 'encoder' | 'pooling' | 'score' | 'interval' | 'p'>,
  standing: Partial<RankRow>,
): RankRow {
  const layer = encoder.curve.length === 0 ? undefined : bestPooling(encoder.curve, by);
  return {
    dataset,
    rank: '',
    tied: '',
    encoder: encoder.encoder,
    pooling: pooling.pooling,
    layers: pooling.layers,
    dim: pooling.dim === undefined ? '' : String(pooling.dim),
    prompt: encoder.prompt ?? '',
    estimator: by,
    score: plain(score),
    low: interval === undefined ? '' : plainText(boundText(score, interval.low)),
    high: interval === undefined ? '' : plainText(boundText(score, interval.high)),
    p: p === undefined ? '' : significant(p, 6),
    n: String(encoder.texts),
    sample: encoder.sample,
    best_layer: layer?.pooling.layers ?? '',
    best_layer_score: layer === undefined ? '' : plain(layer.score),
    parameters: String(encoder.parameters),
    ms_a_text: encoder.textMs === undefined ? '' : fixed(encoder.textMs, 3),
    tokens_per_second: encoder.tokensPerSecond === undefined ? '' : fixed(encoder.tokensPerSecond, 0),
    memory_mb: encoder.memoryBytes === undefined ? '' : fixed(encoder.memoryBytes / 1e6, 0),
    dropped: '',
    round: '',
    ...standing,
  };
}

function plain(score: Estimate): string {
  return plainText(scoreText(score));
}

function plainText(text: string): string {
  return text.replace('−', '-');
}
