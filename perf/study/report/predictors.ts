import { forecastsOf, SIZE, CHANCE } from '../../../src/results/forecasts.ts';
import type { CostRow } from '../../../src/results/costs.ts';
import type { EstimateRow } from '../../../src/results/estimates.ts';
import type { Row } from '../../../src/results/row.ts';
import { groupBy } from '../../../src/group-by.ts';

/** Something known about encoders before they are trained. */
export interface Predictor {
  readonly name: string;
  /** Text passes that it costs per encoder. */
  readonly texts: number;
  /** Scores of the encoders on a dataset, higher is better; undefined: no value for the encoder. */
  readonly of: (dataset: string, encoder: string) => number | undefined;
}

export interface PredictorsParams {
  /** Frozen and fine-tuned rows of the grid. */
  readonly rows: readonly Row[];
  readonly estimates: readonly EstimateRow[];
  readonly costs: readonly CostRow[];
  readonly datasets: readonly string[];
  /** Texts of the grid, and of smaller parts. */
  readonly sizes: readonly number[];
}

/** Every kind of frozen score, from all texts and from parts; size; and chance, which ties all. */
export function predictorsOf({ rows, estimates, costs, datasets, sizes }: PredictorsParams): Predictor[] {
  const [whole] = sizes as [number];
  // Size is that of the encoder, whatever it was measured on.
  const wide = datasets.flatMap((dataset) => [...new Map(costs.map((cost) => [cost.encoder, { ...cost, dataset }])).values()]);
  return sizes.flatMap((size) => {
    const suffix = size === whole ? '' : `-${size}`;
    const own = estimates.flatMap((row) => {
      const dataset = datasets.find((each) => row.dataset === `${each}${suffix}`);
      return dataset === undefined ? [] : [{ ...row, dataset, sample: '' }];
    });
    const all = forecastsOf({
      rows: size === whole ? rows : rows.filter(({ objective }) => objective !== ''),
      estimates: own,
      costs: wide,
    });
    return [...groupBy(all, ({ estimate }) => estimate)].flatMap(([estimate, kinds]): Predictor[] => {
      const free = estimate === SIZE || estimate === CHANCE;
      if (free && size !== whole) return [];
      const values = new Map(
        kinds.flatMap(({ forecasts }) => forecasts.map(({ dataset, encoder, estimate: value }) => [`${dataset} ${encoder}`, value])),
      );
      const name = size === whole ? estimate : `${estimate}, ${size} texts`;
      return [{ name, texts: free ? 0 : size, of: (dataset, encoder) => values.get(`${dataset} ${encoder}`) }];
    });
  });
}

/** What `choose` screens by: KNN on one of two poolings, the higher one, on the given number of texts. undefined if one is missing. */
export function screenOf(predictors: readonly Predictor[], suffix: string): Predictor | undefined {
  const both = SCREENED.map((kind) => predictors.find(({ name }) => name === `${kind}${suffix}`));
  if (both.includes(undefined)) return undefined;
  const of = (dataset: string, encoder: string): number | undefined => {
    const values = both.map((each) => each!.of(dataset, encoder));
    return values.includes(undefined) ? undefined : Math.max(...(values as number[]));
  };
  return { name: `${SCREEN}${suffix}`, texts: both[0]!.texts, of };
}

const SCREENED = ['mean, knn', 'layermean, knn'];
export const SCREEN = 'KNN on mean or layermean';

/** Ranks from 0 to 1, higher is better, ties with their mean rank; averaged. No value for an encoder if one of them has none. */
export function rankAverage(
  predictors: readonly Predictor[],
  encodersOf: (dataset: string) => readonly string[],
  weights = predictors.map(() => 1),
): Predictor {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return {
    name: predictors.map(({ name }) => name).join(' + '),
    texts: Math.max(...predictors.map(({ texts }) => texts)),
    of: (dataset, encoder) => {
      const encoders = encodersOf(dataset);
      let total = 0;
      for (const [at, predictor] of predictors.entries()) {
        const values = encoders.map((each) => predictor.of(dataset, each));
        const own = predictor.of(dataset, encoder);
        if (own === undefined || values.includes(undefined)) return undefined;
        const below = values.filter((value) => value! < own).length + (values.filter((value) => value === own).length - 1) / 2;
        total += (weights[at]! / sum) * (below / Math.max(1, encoders.length - 1));
      }
      return total;
    },
  };
}
