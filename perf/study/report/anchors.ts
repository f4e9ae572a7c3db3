import { pearson, weightedTau } from '../../../src/statistics/rank-correlation.ts';
import { meanScore } from './against.ts';
import type { Compared } from './ceiling-tables.ts';
import { number, percent, table } from './markdown.ts';
import { mean } from './measures.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/** Between an estimate and the mean scores over all seeds, in one cell. */
export interface Correlation {
  readonly pearson: number;
  readonly tau: number;
}

/** One per cell; none if the estimate is missing, or has no value for an encoder. */
export function correlations(predictor: Predictor | undefined, cells: readonly Cell[]): Correlation[] {
  if (predictor === undefined) return [];
  return cells.flatMap((cell) => {
    const values = cell.encoders.map((encoder) => predictor.of(cell.dataset, encoder));
    if (values.includes(undefined)) return [];
    const [x, y] = [values as number[], cell.encoders.map((encoder) => meanScore(cell, encoder, cell.seeds))];
    return [{ pearson: pearson(x, y), tau: weightedTau(x, y) }];
  });
}

interface Anchor {
  readonly what: string;
  readonly published: string;
  readonly estimate: string;
  readonly say: (all: readonly Correlation[]) => string;
}

const ANCHORS: readonly Anchor[] = [
  {
    what: 'H-score of the layer mean, mean Pearson',
    published: '0.88 (20 encoders, 6 tasks: Garbas, Ploner and Akbik 2024)',
    estimate: 'layermean, hscore',
    say: (all) => number(mean(all.map((each) => each.pearson))),
  },
  {
    what: 'LogME of the last layer, setups with a positive weighted tau',
    published: '94% (Bassignana et al. 2022)',
    estimate: 'mean, logme',
    say: positive,
  },
  { what: 'LogME of the layer mean, the same', published: '–', estimate: 'layermean, logme', say: positive },
];

function positive(all: readonly Correlation[]): string {
  return percent(mean(all.map(({ tau }) => Number(tau > 0))));
}

/** Published results of others, measured in the same way here; number of cells in brackets. */
export function anchors(compared: readonly Compared[]): string {
  const lines = ANCHORS.map(({ what, published, estimate, say }) => [
    what,
    published,
    ...compared.map(({ predictors, cells }) => {
      const all = correlations(
        predictors.find(({ name }) => name === estimate),
        cells,
      );
      return all.length === 0 ? '–' : `${say(all)} (${all.length})`;
    }),
  ]);
  return `## Compared with published results\n\n${table(['What', 'Published', ...compared.map(({ title }) => title)], lines, 2)}`;
}
