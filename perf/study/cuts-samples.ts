import path from 'node:path';
import { groupBy } from '../../src/group-by.ts';
import { readRows } from '../../src/results/csv.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { forecastsOf, type Forecasts } from '../../src/results/forecasts.ts';
import { agreement, type Forecast } from '../../src/statistics/agreement.ts';

export interface SampleSizesParams {
  /** Folder of the study: fine-tuned scores, and estimates from all its texts. */
  readonly out: string;
  /** Folder with estimates from samples of them. */
  readonly ladder: string;
  readonly sizes: readonly number[];
}

/**
 * How few texts give the same answer: per estimate and sample size, how often its top encoder is that of all texts, and the regret. One
 * table per objective, in markdown.
 */
export async function sampleSizes({ out, ladder, sizes }: SampleSizesParams): Promise<string> {
  const { rows } = await readRows(path.join(out, 'results.csv'));
  const estimates = [
    ...(await readEstimates(path.join(out, 'estimates.csv'))),
    ...(await readEstimates(path.join(ladder, 'estimates.csv'))),
  ];
  const all = forecastsOf({ rows, estimates });
  const tables = [...groupBy(all, ({ objective }) => objective)].map(([objective, kinds]) => {
    const find = (name: string): Forecasts | undefined => kinds.find(({ estimate }) => estimate === name);
    const bases = kinds.map(({ estimate }) => estimate).filter((name) => find(sampled(name, sizes[0]!)) !== undefined);
    const lines = bases
      .map((name) => {
        const whole = find(name)!.forecasts;
        const cells = sizes
          .map((size) => find(sampled(name, size))!.forecasts)
          .map((part) => `${percent(sameFirst(part, whole))}, ${regret(part)}`);
        return { regret: Number(regret(whole)), line: `| ${name} | ${cells.join(' | ')} | ${regret(whole)} |` };
      })
      .toSorted((a, b) => a.regret - b.regret);
    return [
      `## ${objective}`,
      [
        `| Estimate | ${sizes.map((size) => `${size} texts`).join(' | ')} | all |`,
        `|---|${sizes.map(() => '---:|').join('')}---:|`,
        ...lines.map(({ line }) => line),
      ].join('\n'),
    ].join('\n\n');
  });
  return `${[
    '# How few texts give the same ranking?',
    'How often an estimate’s top-ranked encoder is the same as with all texts, over datasets and draws; and the mean regret: points lost after fine-tuning by picking its top-ranked encoder.',
    ...tables,
  ].join('\n\n')}\n`;
}

/** The name of an estimate on a sample in the forecasts. */
function sampled(estimate: string, size: number): string {
  return `${estimate}, ${size} texts`;
}

/** Fraction of datasets and draws whose top encoder is that of all texts. */
function sameFirst(part: readonly Forecast[], whole: readonly Forecast[]): number {
  const draws = [...groupBy(part, ({ dataset, draw }) => JSON.stringify([dataset, draw])).values()];
  return draws.filter((draw) => first(draw) === first(whole.filter(({ dataset }) => dataset === draw[0]!.dataset))).length / draws.length;
}

function first(forecasts: readonly Forecast[]): string {
  return forecasts.reduce((a, b) => (b.estimate > a.estimate ? b : a)).encoder;
}

function regret(forecasts: readonly Forecast[]): string {
  return agreement(forecasts).at(-1)!.values.regret.toFixed(2);
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
