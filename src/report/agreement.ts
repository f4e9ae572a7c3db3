import { fixed } from '../results/format.ts';
import type { Agreement, AgreementName } from '../statistics/agreement.ts';
import { fitRows } from './fit-columns.ts';
import { wrapped } from './wrapped.ts';
import { outputCsv, outputJson, type OutputRow } from './output/output.ts';
import type { TABLES } from './output/tables.ts';
import type { Format } from './render.ts';
import { escapeMarkdown, printable } from './text.ts';
import { CHANCE, SIZE } from '../results/forecasts.ts';
import { ESTIMATOR_TITLES } from './rank-lines.ts';
import { datasetTitle, type Titles } from './titles.ts';
import { OBJECTIVES } from './words.ts';

/** How well frozen scores predict which encoder is best after fine-tuning, as a table. */

export interface AgreementTable {
  readonly estimate: string;
  readonly objective: string;
  readonly agreements: readonly Agreement[];
}

export interface RenderAgreementParams {
  readonly tables: readonly AgreementTable[];
  readonly titles: Titles;
  readonly format: Format;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

const HEAD = ['Estimate', 'Datasets', 'Encoders', 'Pearson', 'Spearman', 'Kendall', 'Weighted tau', 'Regret', 'First is best'] as const;
const ALL = 'all';
const IMPORTANCE: Readonly<Record<string, number>> = {
  Pearson: 1,
  Kendall: 2,
  Datasets: 3,
  'First is best': 4,
  Spearman: 5,
  Encoders: 6,
  Regret: 7,
};

export function renderAgreement({ tables, titles, format, tty, width = Number.POSITIVE_INFINITY }: RenderAgreementParams): string {
  const objectives = [...new Set(tables.map(({ objective }) => objective))];
  switch (format) {
    case 'table':
      return `${objectives
        .flatMap((objective) =>
          gridsOf(tables, objective, titles).map(({ title, head, lines, importance }) => {
            const rows = lines.map((line) => line.map(printable));
            return `${printable(title)}\n${fitRows({ head: head.map(printable), rows, names: 1, ruled: tty, width, importance })}`;
          }),
        )
        .join('\n\n')}\n\n${[noteOf(tables), ...answers(tables)].map((line) => (tty ? wrapped(line, width) : line)).join('\n\n')}\n`;
    case 'markdown':
      return `${[
        '# Did frozen scores predict fine-tuned scores?',
        noteOf(tables),
        ...objectives.flatMap((objective) =>
          gridsOf(tables, objective, titles).flatMap((grid) => [`## ${escapeMarkdown(grid.title)}`, markdown(grid)]),
        ),
      ].join('\n\n')}\n`;
    case 'csv':
      return outputCsv({ command: 'agree', rows: tables.flatMap(outputRows), tty });
    case 'json':
      return outputJson({ command: 'agree', rows: tables.flatMap(outputRows), notes: [noteOf(tables)] });
    default:
      return format satisfies never;
  }
}

const NOTE =
  'Agreement of frozen scores with the test scores of the same encoders after fine-tuning, best estimate first. Regret: score lost by ' +
  'picking the top-ranked encoder; in brackets 95% CIs over encoders, wide with few of them.';

/** Correlations are multiplied by 100, as shares are percentages. */
function noteOf(tables: readonly AgreementTable[]): string {
  return tables.some(({ objective }) => objective === 'regression')
    ? `${NOTE} For numbers a point is 0.01 of Spearman's correlation.`
    : NOTE;
}

function caption(objective: string): string {
  return `Fine-tuned by ${OBJECTIVES.get(objective) ?? objective}`;
}

/** For each objective the estimate that ordered the encoders best, in a sentence. */
function answers(tables: readonly AgreementTable[]): string[] {
  return [...new Set(tables.map(({ objective }) => objective))].flatMap((objective) => {
    const own = tables.filter((table) => table.objective === objective && Number.isFinite(quality(table)));
    const [best] = own.toSorted((a, b) => quality(b) - quality(a) || (a.estimate < b.estimate ? -1 : 1));
    const whole = best?.agreements.find(({ dataset }) => dataset === undefined);
    if (best === undefined || whole === undefined) return [];
    const { values, encoders } = whole;
    return [
      printable(
        `${caption(objective)}: ${estimateWords(best.estimate)} ordered the encoders best (weighted tau ${number(values.weightedTau, 2)}, ` +
          `${encoders} encoders); picking its top-ranked encoder costs ${number(values.regret, 2)} points on average.`,
      ),
    ];
  });
}

/**
 * `mean, complete` in a sentence: `the k-NN score of mean pooling (complete)`; `layermean, logme`: `the LogME score of layermean pooling`.
 */
function estimateWords(estimate: string): string {
  if (estimate === SIZE) return 'the number of parameters';
  if (estimate === CHANCE) return `a ${CHANCE}`;
  const [place = '', way = '', ...settings] = estimate.split(', ');
  const [pooling, ...layers] = place.split(' ');
  const [estimator = '', ...source] = way.split(' ');
  const title = ESTIMATOR_TITLES.get(estimator);
  const details = [layers.join(' '), title === undefined ? way : source.join(' '), ...settings].filter((word) => word !== '');
  return `the ${title ?? 'k-NN'} score of ${pooling} pooling${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

interface Grid {
  readonly title: string;
  readonly head: string[];
  readonly lines: string[][];
  /** By title: on a narrow terminal the columns with the lowest are dropped first. */
  readonly importance: Readonly<Record<string, number>>;
}

/** Over all datasets, with intervals; then by dataset. The estimate with the highest overall weighted tau first. */
function gridsOf(tables: readonly AgreementTable[], objective: string, titles: Titles): Grid[] {
  const own = tables
    .filter((table) => table.objective === objective)
    .toSorted((a, b) => quality(b) - quality(a) || (a.estimate < b.estimate ? -1 : 1));
  const datasets = [...new Set(own.flatMap(({ agreements }) => agreements.flatMap(({ dataset }) => dataset ?? [])))];
  const whole: Grid = {
    title: caption(objective),
    head: [...HEAD],
    importance: IMPORTANCE,
    lines: own.map(({ estimate, agreements }) => {
      const { encoders, values, intervals } = agreements.at(-1)!;
      const text = (name: AgreementName): string =>
        intervals === undefined || Number.isNaN(intervals[name].low)
          ? number(values[name], 2)
          : `${number(values[name], 2)} [${number(intervals[name].low, 2)}, ${number(intervals[name].high, 2)}]`;
      return [
        estimate,
        String(agreements.length - 1),
        String(encoders),
        ...(['pearson', 'spearman', 'kendall', 'weightedTau', 'regret', 'hit'] as const).map(text),
      ];
    }),
  };
  const titlesOfDatasets = datasets.map((dataset) => datasetTitle(titles, dataset));
  const each: Grid = {
    title: `${caption(objective)}: weighted tau and regret by dataset`,
    head: ['Estimate', ...titlesOfDatasets],
    importance: Object.fromEntries(titlesOfDatasets.slice(1).map((title, at) => [printable(title), -at])),
    lines: own.map(({ estimate, agreements }) => [
      estimate,
      ...datasets.map((dataset) => {
        const found = agreements.find((agreement) => agreement.dataset === dataset);
        return found === undefined ? '' : `${number(found.values.weightedTau, 2)}, ${number(found.values.regret, 2)}`;
      }),
    ]),
  };
  return [whole, each];
}

function quality({ agreements }: AgreementTable): number {
  const whole = agreements.find(({ dataset }) => dataset === undefined);
  return whole === undefined || Number.isNaN(whole.values.weightedTau) ? -Infinity : whole.values.weightedTau;
}

function number(value: number, digits: number): string {
  return fixed(value, digits).replace('-', '−') || '–';
}

function markdown({ head, lines }: Grid): string {
  return [markdownRow(head), `| ${head.map((_, at) => (at < 1 ? '---' : '---:')).join(' | ')} |`, ...lines.map(markdownRow)].join('\n');
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
}

const MEASURES = {
  pearson: 'pearson',
  spearman: 'spearman',
  kendall: 'kendall',
  weighted_tau: 'weightedTau',
  regret: 'regret',
  hit: 'hit',
} as const satisfies Readonly<Record<string, AgreementName>>;

function outputRows({ objective, estimate, agreements }: AgreementTable): OutputRow<typeof TABLES.agree>[] {
  return agreements.map(({ dataset = ALL, encoders, values, intervals }) => ({
    objective,
    estimate,
    dataset,
    encoders: String(encoders),
    pearson: fixed(values.pearson, 4),
    spearman: fixed(values.spearman, 4),
    kendall: fixed(values.kendall, 4),
    weighted_tau: fixed(values.weightedTau, 4),
    regret: fixed(values.regret, 2),
    hit: fixed(values.hit, 4),
    weighted_tau_low: fixed(intervals?.weightedTau.low ?? Number.NaN, 4),
    weighted_tau_high: fixed(intervals?.weightedTau.high ?? Number.NaN, 4),
    regret_low: fixed(intervals?.regret.low ?? Number.NaN, 2),
    regret_high: fixed(intervals?.regret.high ?? Number.NaN, 2),
    intervals: Object.entries(MEASURES).flatMap(([measure, name]) => {
      const { low, high } = intervals?.[name] ?? { low: Number.NaN, high: Number.NaN };
      return Number.isFinite(low) && Number.isFinite(high) ? [{ measure, low: Number(fixed(low, 4)), high: Number(fixed(high, 4)) }] : [];
    }),
  }));
}
