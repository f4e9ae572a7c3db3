import { csvText } from '../results/csv.ts';
import { fixed } from '../results/format.ts';
import type { Agreement, AgreementName } from '../statistics/agreement.ts';
import { drawGrid } from './grid.ts';
import type { Format } from './render.ts';
import { escapeMarkdown, printable } from './text.ts';
import { datasetTitle, type Titles } from './titles.ts';
import { OBJECTIVES } from './words.ts';

/** How well frozen scores tell which encoder is best once trained, as a table. */

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

const HEAD = ['Estimate', 'Data set', 'Encoders', 'Pearson', 'Spearman', 'Kendall', 'Weighted tau', 'Regret', 'First is best'] as const;
const ALL = 'all';

export function renderAgreement({ tables, titles, format, tty, width = Number.POSITIVE_INFINITY }: RenderAgreementParams): string {
  const objectives = [...new Set(tables.map(({ objective }) => objective))];
  switch (format) {
    case 'table':
      return `${objectives.map((objective) => `${caption(objective)}\n${drawGrid({ head: [...HEAD], rows: linesOf(tables, objective, titles).map((line) => line.map(printable)), names: 2, ruled: tty, width }).text}`).join('\n\n')}\n\n${NOTE}\n`;
    case 'markdown':
      return `${[
        '# Do frozen scores tell which encoder is best once trained?',
        NOTE,
        ...objectives.flatMap((objective) => [`## ${escapeMarkdown(caption(objective))}`, markdown(linesOf(tables, objective, titles))]),
      ].join('\n\n')}\n`;
    case 'csv':
      return csvText({ columns: CSV_COLUMNS, rows: tables.flatMap(csvRows) });
    case 'json':
      return `${JSON.stringify(tables, null, 2)}\n`;
    default:
      return format satisfies never;
  }
}

const NOTE = 'Agreement of frozen scores with the test scores of the same encoders after training, best estimate first. Regret: points lost by taking the estimate’s first; in brackets 95 % intervals over which encoders there are. Few encoders leave wide ones.';

function caption(objective: string): string {
  return `Trained by ${OBJECTIVES.get(objective) ?? objective}`;
}

/** The estimate with the highest weighted tau over all data sets first, its mean before its data sets. */
function linesOf(tables: readonly AgreementTable[], objective: string, titles: Titles): string[][] {
  const own = tables.filter((table) => table.objective === objective).toSorted((a, b) => quality(b) - quality(a) || (a.estimate < b.estimate ? -1 : 1));
  return own.flatMap(({ estimate, agreements }) => agreements.toReversed().map(({ dataset, encoders, values, intervals }, at) => {
    const text = (name: AgreementName, digits: number): string => {
      const interval = dataset === undefined && intervals !== undefined ? ` [${number(intervals[name].low, digits)}, ${number(intervals[name].high, digits)}]` : '';
      return `${number(values[name], digits)}${interval}`;
    };
    return [at === 0 ? estimate : '', dataset === undefined ? ALL : datasetTitle(titles, dataset), String(encoders), text('pearson', 2), text('spearman', 2), text('kendall', 2), text('weightedTau', 2), text('regret', 2), text('hit', 2)];
  }));
}

function quality({ agreements }: AgreementTable): number {
  const whole = agreements.find(({ dataset }) => dataset === undefined);
  return whole === undefined || Number.isNaN(whole.values.weightedTau) ? -Infinity : whole.values.weightedTau;
}

function number(value: number, digits: number): string {
  return fixed(value, digits).replace('-', '−') || '–';
}

function markdown(lines: readonly string[][]): string {
  return [`| ${HEAD.join(' | ')} |`, `| ${HEAD.map((_, at) => (at < 2 ? '---' : '---:')).join(' | ')} |`, ...lines.map((line) => `| ${line.map(escapeMarkdown).join(' | ')} |`)].join('\n');
}

const CSV_COLUMNS = ['objective', 'estimate', 'dataset', 'encoders', 'pearson', 'spearman', 'kendall', 'weighted_tau', 'regret', 'hit', 'weighted_tau_low', 'weighted_tau_high', 'regret_low', 'regret_high'] as const;

function csvRows({ objective, estimate, agreements }: AgreementTable): Record<(typeof CSV_COLUMNS)[number], string>[] {
  return agreements.map(({ dataset = ALL, encoders, values, intervals }) => ({
    objective, estimate, dataset, encoders: String(encoders),
    pearson: fixed(values.pearson, 4), spearman: fixed(values.spearman, 4), kendall: fixed(values.kendall, 4), weighted_tau: fixed(values.weightedTau, 4), regret: fixed(values.regret, 2), hit: fixed(values.hit, 4),
    weighted_tau_low: fixed(intervals?.weightedTau.low ?? Number.NaN, 4), weighted_tau_high: fixed(intervals?.weightedTau.high ?? Number.NaN, 4),
    regret_low: fixed(intervals?.regret.low ?? Number.NaN, 2), regret_high: fixed(intervals?.regret.high ?? Number.NaN, 2),
  }));
}
