import { predictorMeasures, type Groups } from './against.ts';
import { rankAverage, type Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/** Weights of the first of two in their rank average. */
const SHARES = [0.25, 0.5, 0.75];

/** All pairs of predictors, averaged by rank with several weights. */
export function combined(first: readonly Predictor[], second: Predictor, encodersOf: (dataset: string) => readonly string[]): Predictor[] {
  return first.flatMap((each) =>
    SHARES.map((share) => ({
      ...rankAverage([each, second], encodersOf, [share, 1 - share]),
      name: `${each.name} + ${second.name}, ${Math.round(100 * share)} : ${Math.round(100 * (1 - share))}`,
    })),
  );
}

/**
 * Selected on the other datasets: for each dataset the predictor with the most pairs in the right order on all others; the first, among
 * equal ones. Its quality on the dataset itself plays no role in the selection.
 */
export function chosenElsewhere(name: string, predictors: readonly Predictor[], cells: readonly Cell[], groups: Groups): Predictor {
  const datasets = [...new Set(cells.map(({ dataset }) => dataset))];
  const chosen = new Map(
    datasets.flatMap((dataset) => {
      const others = cells.filter((cell) => cell.dataset !== dataset);
      const scored = predictors.map((predictor) => ({
        predictor,
        pairs: predictorMeasures(predictor, others, groups)?.measures.pairs ?? -1,
      }));
      const [best] = scored.toSorted((one, other) => other.pairs - one.pairs);
      return best === undefined || best.pairs < 0 ? [] : [[dataset, best.predictor] as const];
    }),
  );
  return {
    name,
    texts: Math.max(0, ...[...chosen.values()].map(({ texts }) => texts)),
    of: (dataset, encoder) => chosen.get(dataset)?.of(dataset, encoder),
  };
}
