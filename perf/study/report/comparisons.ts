import path from 'node:path';
import { groupBy } from '../../../src/group-by.ts';
import { readCosts } from '../../../src/results/costs.ts';
import { readRows } from '../../../src/results/csv.ts';
import { readEstimates } from '../../../src/results/estimates.ts';
import { CHANCE, forecastsOf, SIZE, type Forecasts } from '../../../src/results/forecasts.ts';
import { comparable, ofEqualSize, together } from './against.ts';
import type { Compared } from './ceiling-tables.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

export interface OfGrid {
  readonly cells: readonly Cell[];
  readonly predictors: readonly Predictor[];
  readonly parameters: ReadonlyMap<string, number>;
}

export const EQUAL = 'Encoders of equal size';

/** All encoders; those of equal size; and the ladder of truncations, which has one seed. */
export async function comparisons(out: string, { cells: all, predictors, parameters }: OfGrid): Promise<Compared[]> {
  const cells = comparable(all);
  const folder = path.join(out, 'cuts');
  const forecasts = forecastsOf({
    rows: (await readRows(path.join(folder, 'results.csv'))).rows,
    estimates: await readEstimates(path.join(folder, 'estimates.csv')),
    costs: await readCosts(path.join(folder, 'costs.csv')),
  });
  const cuts = forecasts.filter(({ estimate }) => estimate === CHANCE).flatMap(cellsOfCuts);
  return [
    { title: 'All encoders', cells, groups: together, predictors, encodersOf: encodersOf(cells) },
    { title: EQUAL, cells, groups: ofEqualSize(parameters), predictors, encodersOf: encodersOf(cells) },
    {
      title: 'A ladder of truncated encoders',
      cells: cuts,
      groups: together,
      predictors: predictorsFrom(forecasts),
      encodersOf: encodersOf(cuts),
    },
  ];
}

/** Outcomes of the encoders of one objective, with one seed. */
function cellsOfCuts({ objective, forecasts }: Forecasts): Cell[] {
  return [...groupBy(forecasts, ({ dataset }) => dataset)].map(([dataset, own]) => {
    const scores = new Map(own.map(({ encoder, outcome }) => [encoder, outcome]));
    return { dataset, objective, encoders: [...scores.keys()], seeds: [1], score: (encoder) => scores.get(encoder)! };
  });
}

function predictorsFrom(all: readonly Forecasts[]): Predictor[] {
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
