import { pearson, weightedTau } from '../../../src/statistics/rank-correlation.ts';
import { meanScore } from './against.ts';
import { number, percent, table } from './markdown.ts';
import { mean } from './measures.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/** Correlations of an estimate with mean scores over all seeds, a cell each. */
export function correlations(
  predictor: Predictor | undefined,
  cells: readonly Cell[],
): { readonly pearson: number; readonly tau: number }[] {
  if (predictor === undefined) return [];
  return cells.flatMap((cell) => {
    const values = cell.encoders.map((encoder) => predictor.of(cell.dataset, encoder));
    if (values.includes(undefined)) return [];
    const [x, y] = [values as number[], cell.encoders.map((encoder) => meanScore(cell, encoder, cell.seeds))];
    return [{ pearson: pearson(x, y), tau: weightedTau(x, y) }];
  });
}

/** What others have published, measured in the same way here. */
export function anchors(predictors: readonly Predictor[], cells: readonly Cell[]): string {
  const of = (name: string) =>
    correlations(
      predictors.find((each) => each.name === name),
      cells,
    );
  const [hscore, layerMean, last] = [of('layermean, hscore'), of('layermean, logme'), of('mean, logme')];
  return `## Beside what is published\n\n${table(
    ['What', 'Published', 'Here', 'Cells'],
    [
      [
        'H-score of the layer mean, mean Pearson',
        '0.88 (20 encoders, 6 tasks: Garbas, Ploner and Akbik 2024)',
        number(mean(hscore.map((each) => each.pearson))),
        String(hscore.length),
      ],
      [
        'LogME of the last layer, setups with a positive weighted tau',
        '94 % (Bassignana et al. 2022)',
        positive(last),
        String(last.length),
      ],
      ['LogME of the layer mean, the same', '–', positive(layerMean), String(layerMean.length)],
    ],
    2,
  )}`;
}

function positive(all: readonly { readonly tau: number }[]): string {
  return percent(mean(all.map(({ tau }) => Number(tau > 0))));
}
