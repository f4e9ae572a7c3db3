import { csvText } from '../results/csv.ts';
import { fixed, percentOfFraction, significant } from '../results/format.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { ALPHA } from '../statistics/holm.ts';
import type { Outcomes } from '../statistics/outcomes.ts';
import type { Interval } from '../statistics/quantile.ts';
import { againstFirst } from '../statistics/ties.ts';
import { drawGrid } from './grid.ts';
import type { Format } from './render.ts';
import { escapeMarkdown, printable } from './text.ts';
import { encoderTitle, type Titles } from './titles.ts';

/** Encoders best first, by an estimator, with what is known of how sure that is. */

export interface PlaceEstimate {
  readonly estimator: string;
  readonly score: number;
  /** Where the estimator gives each text a class: its score is then the share of right texts. */
  readonly outcomes?: Outcomes | undefined;
}

/** Where an encoder's vectors are taken, and what estimators say of them. */
export interface Place {
  readonly pooling: string;
  readonly layers: string;
  readonly estimates: readonly PlaceEstimate[];
}

export interface RankedEncoder {
  readonly encoder: string;
  readonly places: readonly Place[];
  /** Layer by layer, on a sample. */
  readonly curve: readonly Place[];
  readonly parameters: number;
  /** Undefined where every vector came from the store. */
  readonly textMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly cut: number;
}

export interface Ranking {
  readonly dataset: string;
  readonly by: string;
  readonly encoders: readonly RankedEncoder[];
}

/** One line of a ranking. */
interface RankLine {
  /** From 1; encoders that the test does not tell from the best share 1. */
  readonly rank: number;
  /** Whether it is one of several that may be the best. */
  readonly tied: boolean;
  readonly encoder: RankedEncoder;
  /** The place that the estimator finds best. */
  readonly place: Place;
  readonly score: PlaceEstimate;
  /** 95 %. */
  readonly interval: Interval | undefined;
  /** Of being as good as the first; undefined where the estimator gives no classes. */
  readonly p: number | undefined;
}

/** Best first; ties by name. */
function rankLines({ by, encoders }: Ranking): RankLine[] {
  const best = encoders.map((encoder) => {
    const scored = encoder.places.map((place) => ({ place, score: place.estimates.find(({ estimator }) => estimator === by)! }));
    return { encoder, ...scored.reduce((a, b) => (b.score.score > a.score.score ? b : a)) };
  }).toSorted((a, b) => b.score.score - a.score.score || (a.encoder.encoder < b.encoder.encoder ? -1 : 1));
  const outcomes = best.map(({ score }) => score.outcomes);
  const ps = outcomes.includes(undefined) ? undefined : againstFirst(outcomes as Outcomes[]);
  const ties = ps?.filter((p) => p >= ALPHA).length ?? 1;
  return best.map((each, at): RankLine => {
    const p = ps?.[at];
    const tied = p !== undefined && p >= ALPHA && ties > 1;
    return { ...each, rank: tied ? 1 : at + 1, tied, interval: each.score.outcomes && bootstrapIntervals(each.score.outcomes).accuracy, p };
  });
}

export interface RenderRankingParams {
  readonly rankings: readonly Ranking[];
  readonly titles: Titles;
  readonly format: Format;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

const ESTIMATOR_TITLES: ReadonlyMap<string, string> = new Map([
  ['knn', 'KNN'], ['consistency', 'kNN-consistency'], ['linear-probe', 'Linear probe'], ['centroid', 'Nearest centroid'], ['hscore', 'H-score'], ['logme', 'LogME'], ['silhouette', 'Silhouette'],
]);

export function renderRanking({ rankings, titles, format, tty, width = Number.POSITIVE_INFINITY }: RenderRankingParams): string {
  switch (format) {
    case 'table':
      return `${rankings.map((ranking) => {
        const lines = rankLines(ranking);
        const names = estimatorNames(ranking);
        const rows = lines.map((line) => [...wordsOf(line, titles).map(printable), bar(line, lines), ...numbersOf(line, names)]);
        const curves = ranking.encoders.some(({ curve }) => curve.length > 0) ? [curveText(ranking, titles)] : [];
        return [`${printable(ranking.dataset)}, by ${title(ranking.by)}`, drawGrid({ head: headOf(ranking, names, true), rows, names: 4, ruled: tty, width }).text, note(lines), ...curves].join('\n');
      }).join('\n\n')}\n`;
    case 'markdown':
      return `${rankings.map((ranking) => {
        const lines = rankLines(ranking);
        const names = estimatorNames(ranking);
        const head = headOf(ranking, names, false);
        return [
          `### ${escapeMarkdown(`${ranking.dataset}, by ${title(ranking.by)}`)}`,
          [`| ${head.join(' | ')} |`, `| ${head.map((_, at) => (at < 3 ? '---' : '---:')).join(' | ')} |`, ...lines.map((line) => `| ${[...wordsOf(line, titles), ...numbersOf(line, names)].map(escapeMarkdown).join(' | ')} |`)].join('\n'),
          escapeMarkdown(note(lines)),
        ].join('\n\n');
      }).join('\n\n')}\n`;
    case 'csv':
      return csvText({ columns: CSV_COLUMNS, rows: rankings.flatMap(csvRows) });
    case 'json':
      return `${JSON.stringify(rankings.flatMap(csvRows), null, 2)}\n`;
    default:
      return format satisfies never;
  }
}

function headOf({ by }: Ranking, names: readonly string[], chart: boolean): string[] {
  return ['', 'Encoder', 'Place', ...(chart ? [''] : []), title(by), '95 %', 'p', ...names.map(title), 'Parameters', 'ms a text'];
}

function wordsOf({ rank, tied, encoder, place }: RankLine, titles: Titles): string[] {
  return [`${rank}${tied ? '=' : ''}`, encoderTitle(titles, encoder.encoder), placeWords(place)];
}

function numbersOf({ encoder, score, interval, p }: RankLine, names: readonly string[]): string[] {
  return [
    scoreText(score),
    interval === undefined ? '' : `${percentOfFraction(interval.low)} … ${percentOfFraction(interval.high)}`,
    p === undefined ? '' : p === 1 ? '–' : p < 0.0001 ? '< 0.0001' : fixed(p, 4),
    ...names.map((name) => scoreText(bestOf(encoder, name))),
    `${fixed(encoder.parameters / 1e6, 1)} M`,
    encoder.textMs === undefined ? 'stored' : fixed(encoder.textMs, 2),
  ];
}

/** The other estimators of a ranking. */
function estimatorNames({ by, encoders }: Ranking): string[] {
  return encoders[0]!.places[0]!.estimates.map(({ estimator }) => estimator).filter((name) => name !== by);
}

function bestOf({ places }: RankedEncoder, name: string): PlaceEstimate {
  return places.map(({ estimates }) => estimates.find(({ estimator }) => estimator === name)!).reduce((a, b) => (b.score > a.score ? b : a));
}

function scoreText({ estimator, score, outcomes }: PlaceEstimate): string {
  if (outcomes !== undefined || estimator === 'consistency') return percentOfFraction(score);
  return fixed(score, 4).replace('-', '−');
}

const BAR = 10;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Its score between the worst and the best. */
function bar({ score }: RankLine, lines: readonly RankLine[]): string {
  const scores = lines.map((line) => line.score.score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  // The worst still has a bar: it is the last of these, not nothing.
  const eighths = Math.round(8 * BAR * (high === low ? 1 : 0.1 + (0.9 * (score.score - low)) / (high - low)));
  return `${'█'.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]!}`;
}

function note(lines: readonly RankLine[]): string {
  const tied = lines.filter((line) => line.tied).length;
  if (lines.length < 2) return 'One encoder is no contest.';
  if (lines[0]?.p === undefined) return 'This estimator gives no text a class: how sure the order is cannot be told from it.';
  return `${tied > 1 ? `${tied} encoders share the first place: no test tells them from the best` : 'The best is told from all others'} (McNemar’s exact test against the first, adjusted by Holm; below ${ALPHA} is a difference).`;
}

const SPARKS = '▁▂▃▄▅▆▇█';

/** The estimator's score layer by layer, embeddings first. */
function curveText({ by, encoders }: Ranking, titles: Titles): string {
  const scores = encoders.flatMap(({ curve }) => curve.map((place) => place.estimates[0]!.score));
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const spark = (score: number): string => SPARKS[high === low ? 7 : Math.round((7 * (score - low)) / (high - low))]!;
  const lines = encoders.filter(({ curve }) => curve.length > 0).map(({ encoder, curve }) => {
    const best = curve.reduce((a, b) => (b.estimates[0]!.score > a.estimates[0]!.score ? b : a));
    return `  ${curve.map((place) => spark(place.estimates[0]!.score)).join('')}  ${printable(encoderTitle(titles, encoder))}: best at layer ${best.layers} (${scoreText(best.estimates[0]!)}), last ${scoreText(curve.at(-1)!.estimates[0]!)}`;
  });
  return [`${title(by)} layer by layer (mean over tokens, on a sample):`, ...lines].join('\n');
}

function placeWords({ pooling, layers }: Place): string {
  return layers === 'last' ? pooling : `${pooling} ${layers}`;
}

function title(name: string): string {
  return ESTIMATOR_TITLES.get(name) ?? name;
}

const CSV_COLUMNS = ['dataset', 'rank', 'tied', 'encoder', 'pooling', 'layers', 'estimator', 'score', 'low', 'high', 'p', 'parameters', 'ms_a_text', 'tokens_per_second'] as const;

function csvRows(ranking: Ranking): Record<(typeof CSV_COLUMNS)[number], string>[] {
  return rankLines(ranking).map(({ rank, tied, encoder, place, score, interval, p }) => ({
    dataset: ranking.dataset, rank: String(rank), tied: tied ? 'yes' : 'no', encoder: encoder.encoder, pooling: place.pooling, layers: place.layers, estimator: ranking.by,
    score: scoreText(score).replace('−', '-'), low: interval === undefined ? '' : percentOfFraction(interval.low), high: interval === undefined ? '' : percentOfFraction(interval.high),
    p: p === undefined ? '' : significant(p, 6), parameters: String(encoder.parameters), ms_a_text: encoder.textMs === undefined ? '' : fixed(encoder.textMs, 3), tokens_per_second: encoder.tokensPerSecond === undefined ? '' : fixed(encoder.tokensPerSecond, 0),
  }));
}
