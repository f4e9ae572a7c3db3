import path from 'node:path';
import { groupBy } from '../../src/group-by.ts';
import { readCosts } from '../../src/results/costs.ts';
import { readRows } from '../../src/results/csv.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { forecastsOf } from '../../src/results/forecasts.ts';
import type { Forecast } from '../../src/statistics/agreement.ts';

/**
 * Truncations of one encoder share its layers: the best layer of the full encoder is never worse than that of a truncation, and rarely is
 * after fine-tuning. So pairs different encoders are counted separately: the fraction that an estimate has in the right order, over
 * datasets and objectives, in markdown.
 */
export async function familyPairs(out: string): Promise<string> {
  const { rows } = await readRows(path.join(out, 'results.csv'));
  const all = forecastsOf({
    rows,
    estimates: await readEstimates(path.join(out, 'estimates.csv')),
    costs: await readCosts(path.join(out, 'costs.csv')),
  });
  const lines = [...groupBy(all, ({ estimate }) => estimate)]
    .map(([estimate, kinds]) => {
      const pairs = kinds.flatMap(({ forecasts }) => [...groupBy(forecasts, ({ dataset }) => dataset).values()].flatMap(pairsOf));
      const [others, same] = [pairs.filter(({ family }) => !family), pairs.filter(({ family }) => family)].map(
        (some) => some.reduce((sum, { right }) => sum + right, 0) / some.length,
      );
      return { estimate, others: others!, same: same! };
    })
    .toSorted((a, b) => b.others - a.others || (a.estimate < b.estimate ? -1 : 1));
  return `${[
    '# Which pairs of encoders are in the right order?',
    'Share of the pairs that an estimate puts in the same order as fine-tuning, over datasets and objectives; a tie counts half. Truncations of one encoder share its layers, which makes them easy for the best layer: so they are counted separately.',
    [
      '| Estimate | different encoders | an encoder and its truncations |',
      '|---|---:|---:|',
      ...lines.map(({ estimate, others, same }) => `| ${estimate} | ${others.toFixed(2)} | ${same.toFixed(2)} |`),
    ].join('\n'),
  ].join('\n\n')}\n`;
}

/** All pairs whose fine-tuned scores differ. */
function pairsOf(forecasts: readonly Forecast[]): { readonly family: boolean; readonly right: number }[] {
  return forecasts.flatMap((a, i) =>
    forecasts
      .slice(i + 1)
      .filter((b) => a.outcome !== b.outcome)
      .map((b) => {
        const sign = Math.sign(a.estimate - b.estimate) * Math.sign(a.outcome - b.outcome);
        return { family: wholeOf(a) === wholeOf(b), right: (1 + sign) / 2 };
      }),
  );
}

function wholeOf({ encoder }: Forecast): string {
  return encoder.split('@')[0]!;
}
