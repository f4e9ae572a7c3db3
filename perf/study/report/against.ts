import { groupBy } from '../../../src/group-by.ts';
import { middle, type Interval } from '../../../src/statistics/quantile.ts';
import { Resampler } from '../../../src/statistics/resample.ts';
import { halvesOf } from './halves.ts';
import { mean, meanMeasures, measuresOf, type Measures } from './measures.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/**
 * How well predictions order the encoders of a cell, compared with the outcomes of some of its seeds: each half of the seeds is predicted
 * in turn, so that predictions are comparable with the ceiling, which is the prediction by the other half. With one seed it is that seed.
 */
export function cellMeasures(
  cell: Cell,
  encoders: readonly string[],
  predicted: (of: readonly number[]) => readonly (number | undefined)[],
): Measures | undefined {
  const halves = halvesOf(cell.seeds);
  const targets = halves.length === 0 ? [cell.seeds] : halves.map(({ of }) => of);
  const found = targets.flatMap((of) => {
    const values = predicted(of);
    if (values.includes(undefined)) return [];
    return [
      measuresOf(
        values as readonly number[],
        encoders.map((encoder) => meanScore(cell, encoder, of)),
      ),
    ];
  });
  return found.length === 0 ? undefined : meanMeasures(found);
}

export function meanScore({ score }: Cell, encoder: string, seeds: readonly number[]): number {
  return mean(seeds.map((seed) => score(encoder, seed)));
}

/** Which of a cell's encoders are compared: sets of two or more. */
export type Groups = (encoders: readonly string[]) => readonly (readonly string[])[];

export interface Against {
  readonly measures: Measures;
  /** Number of datasets and objectives, and of groups in them. */
  readonly cells: number;
  /** 95% interval of the fraction of pairs in the right order, over the choice of datasets; undefined for fewer than three. */
  readonly pairs: Interval | undefined;
}

/** The mean over cells and groups; undefined if none has a value. */
export function predictorMeasures(predictor: Predictor, cells: readonly Cell[], groups: Groups): Against | undefined {
  return over(cells, groups, (cell, encoders) =>
    cellMeasures(cell, encoders, () => encoders.map((encoder) => predictor.of(cell.dataset, encoder))),
  );
}

/**
 * How well one set of seeds predicts another: no prediction of a single training run can be expected to be better. Of cells with two seeds
 * or more.
 */
export function ceiling(cells: readonly Cell[], groups: Groups): Against | undefined {
  return over(
    cells.filter(({ seeds }) => seeds.length > 1),
    groups,
    (cell, encoders) =>
      cellMeasures(cell, encoders, (of) => {
        const by = cell.seeds.filter((seed) => !of.includes(seed));
        return encoders.map((encoder) => meanScore(cell, encoder, by));
      }),
  );
}

function over(
  cells: readonly Cell[],
  groups: Groups,
  measure: (cell: Cell, encoders: readonly string[]) => Measures | undefined,
): Against | undefined {
  const found = cells.flatMap((cell) =>
    groups(cell.encoders).flatMap((encoders) => {
      const measures = measure(cell, encoders);
      return measures === undefined ? [] : [{ dataset: cell.dataset, measures }];
    }),
  );
  if (found.length === 0) return undefined;
  const ofDatasets = [...groupBy(found, ({ dataset }) => dataset).values()].map((own) => own.map(({ measures }) => measures.pairs));
  return { measures: meanMeasures(found.map(({ measures }) => measures)), cells: found.length, pairs: overDatasets(ofDatasets) };
}

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
const FEWEST_DATASETS = 3;

/** Bootstrap of the mean of all values: datasets are drawn, each with all of its values. */
function overDatasets(values: readonly (readonly number[])[]): Interval | undefined {
  const there = values.map((own) => own.filter((value) => !Number.isNaN(value))).filter(({ length }) => length > 0);
  if (there.length < FEWEST_DATASETS) return undefined;
  const resampler = new Resampler(1);
  const drawn = new Int32Array(there.length);
  const means = Array.from({ length: RESAMPLES }, () => {
    resampler.draw(drawn, there.length);
    return mean(Array.from(drawn).flatMap((at) => there[at]!));
  });
  return middle(means, CONFIDENCE);
}

/** Cells that have a ceiling, if there are three datasets of them; else all. All predictors are compared on the same cells. */
export function comparable(cells: readonly Cell[]): readonly Cell[] {
  const several = cells.filter(({ seeds }) => seeds.length > 1);
  return new Set(several.map(({ dataset }) => dataset)).size < FEWEST_DATASETS ? cells : several;
}

/** All encoders as one group. */
export const together: Groups = (encoders) => [encoders];

/** Maximum ratio of an encoder's parameters to those of the next smaller one. */
const NEAR = 1.1;

/** Sets of encoders of about equal size. */
export function ofEqualSize(parameters: ReadonlyMap<string, number>): Groups {
  return (encoders) => {
    const sorted = encoders.toSorted((a, b) => parameters.get(a)! - parameters.get(b)!);
    const groups: string[][] = [];
    for (const encoder of sorted) {
      const last = groups.at(-1);
      if (last !== undefined && parameters.get(encoder)! <= NEAR * parameters.get(last.at(-1)!)!) last.push(encoder);
      else groups.push([encoder]);
    }
    return groups.filter(({ length }) => length > 1);
  };
}
