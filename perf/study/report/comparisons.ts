import path from 'node:path';
import { groupBy } from '../../../src/group-by.ts';
import { readCosts } from '../../../src/results/costs.ts';
import { readRows } from '../../../src/results/csv.ts';
import { readEstimates } from '../../../src/results/estimates.ts';
import { CHANCE, forecastsOf, SIZE } from '../../../src/results/forecasts.ts';
import { ofEqualSize, together } from './against.ts';
import type { Compared } from './ceiling-tables.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

export interface OfGrid {
  readonly cells: readonly Cell[];
  readonly predictors: readonly Predictor[];
  readonly parameters: ReadonlyMap<string, number>;
}

/** All encoders; those of equal size; and the ladder of cuts, which has one seed. */
export async function comparisons(out: string, { cells, predictors, parameters }: OfGrid): Promise<Compared[]> {
  const folder = path.join(out, 'cuts');
  const { rows } = await readRows(path.join(folder, 'results.csv'));
  const all = forecastsOf({
    rows,
    estimates: await readEstimates(path.join(folder, 'estimates.csv')),
    costs: await readCosts(path.join(folder, 'costs.csv')),
  });
  const cuts = [
    ...groupBy(
      all.filter(({ estimate }) => estimate === CHANCE),
      ({ objective }) => objective,
    ),
  ].flatMap(([objective, kinds]) =>
    [
      ...groupBy(
        kinds.flatMap(({ forecasts }) => forecasts),
        ({ dataset }) => dataset,
      ),
    ].map(([dataset, own]): Cell => {
      const scores = new Map(own.map(({ encoder, outcome }) => [encoder, outcome]));
      return { dataset, objective, encoders: [...scores.keys()], seeds: [1], score: (encoder) => scores.get(encoder)! };
    }),
  );
  const ofCuts = predictorsFrom(all);
  return [
    { title: 'All encoders', cells, groups: together, predictors, encodersOf: encodersOf(cells) },
    { title: 'Encoders of equal size', cells, groups: ofEqualSize(parameters), predictors, encodersOf: encodersOf(cells) },
    { title: 'A ladder of cuts', cells: cuts, groups: together, predictors: ofCuts, encodersOf: encodersOf(cuts) },
  ];
}

function predictorsFrom(all: ReturnType<typeof forecastsOf>): Predictor[] {
  return [...groupBy(all, ({ estimate }) => estimate)].map(([name, kinds]): Predictor => {
    const values = new Map(
      kinds.flatMap(({ forecasts }) => forecasts.map(({ dataset, encoder, estimate }) => [`${dataset} ${encoder}`, estimate])),
    );
    const free = name === SIZE || name === CHANCE;
    return { name, texts: free ? 0 : 1000, of: (dataset, encoder) => values.get(`${dataset} ${encoder}`) };
  });
}

function encodersOf(cells: readonly Cell[]) {
  return (dataset: string): string[] => [...new Set(cells.filter((cell) => cell.dataset === dataset).flatMap(({ encoders }) => encoders))];
}
