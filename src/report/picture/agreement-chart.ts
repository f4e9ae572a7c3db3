import type { TopLevelSpec } from 'vega-lite';
import type { AgreementName } from '../../statistics/agreement.ts';
import type { AgreementTable } from '../agreement.ts';
import { OBJECTIVES } from '../words.ts';
import { chartSvg } from './chart.ts';
import { drawable } from './drawable.ts';

/** Only the best of more: a plot is an overview, a table can be searched. */
const MOST = 40;
const ROW = 9;
const WIDTH = 260;
const MEASURES = [
  ['weightedTau', 'Weighted tau (1: the right order)'],
  ['regret', 'Regret in points (0: its first is the best)'],
] as const satisfies readonly (readonly [AgreementName, string])[];

interface Dot {
  readonly estimate: string;
  readonly objective: string;
  readonly measure: AgreementName;
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/**
 * Which estimates predict the best encoder, over all datasets: weighted tau and regret with their 95% intervals, best estimate first, as
 * SVG.
 */
export async function agreementSvg(tables: readonly AgreementTable[]): Promise<string> {
  const dots = tables.flatMap(({ estimate, objective, agreements }): Dot[] => {
    const { values, intervals } = agreements.at(-1)!;
    return MEASURES.filter(([measure]) => Number.isFinite(values[measure])).map(([measure]): Dot => ({
      estimate: drawable(estimate, 60),
      objective: drawable(OBJECTIVES.get(objective) ?? objective, 40),
      measure,
      value: values[measure],
      low: intervals?.[measure].low,
      high: intervals?.[measure].high,
    }));
  });
  const tau = (estimate: string): number => {
    const own = dots.filter((dot) => dot.estimate === estimate && dot.measure === 'weightedTau');
    return own.length === 0 ? -Infinity : own.reduce((sum, { value }) => sum + value, 0) / own.length;
  };
  const order = [...new Set(dots.map(({ estimate }) => estimate))]
    .map((estimate) => ({ estimate, tau: tau(estimate) }))
    .toSorted((a, b) => b.tau - a.tau || (a.estimate < b.estimate ? -1 : 1))
    .map(({ estimate }) => estimate);
  const shown = order.length > MOST ? [...order.slice(0, MOST - 1), order.at(-1)!] : order;
  const objectives = [...new Set(dots.map(({ objective }) => objective))];
  const panel = ([measure, title]: (typeof MEASURES)[number], at: number): object => {
    const y = {
      field: 'estimate',
      type: 'nominal',
      sort: shown,
      title: null,
      axis: at === 0 ? { labelLimit: 320, ticks: false, domain: false } : null,
    };
    const colour = {
      field: 'objective',
      type: 'nominal',
      sort: objectives,
      scale: { domain: objectives, range: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'] },
      title: 'Trained by',
      legend: objectives.length > 1 ? { orient: 'bottom', symbolOpacity: 1, labelLimit: 300 } : null,
    };
    const offset = { field: 'objective', sort: objectives };
    return {
      width: WIDTH,
      height: { step: ROW * objectives.length + 4, for: 'position' },
      data: { values: dots.filter((dot) => dot.measure === measure && shown.includes(dot.estimate)) },
      encoding: { y, yOffset: offset, color: colour },
      layer: [
        { mark: { type: 'rule', opacity: 0.45 }, encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } } },
        {
          mark: { type: 'point', filled: true, size: 34, opacity: 1 },
          encoding: { x: { field: 'value', type: 'quantitative', title, axis: { grid: true, gridColor: '#e8e8e8', tickCount: 6 } } },
        },
      ],
    };
  };
  const spec = {
    title: { text: 'Did frozen scores predict fine-tuned scores?', anchor: 'start', fontSize: 15 },
    hconcat: MEASURES.map(panel),
    spacing: 28,
  };
  return chartSvg(spec as unknown as TopLevelSpec, {
    title: 'Agreement of frozen estimates with the scores after training',
    description: `Weighted tau and regret of ${shown.length} estimates over all datasets, with 95% confidence intervals over the encoders.`,
  });
}
