import { groupBy } from '../../../src/group-by.ts';
import { middle, type Interval } from '../../../src/statistics/quantile.ts';
import { Resampler } from '../../../src/statistics/resample.ts';
import { halvesOf } from './halves.ts';
import { mean, meanMeasures, measuresOf, type Measures } from './measures.ts';
import type { Predictor } from './predictors.ts';
import type { Cell } from './trained.ts';

/**
 * How well predictions order the encoders of a cell beside what some of its seeds came to: each half of the seeds is what is predicted in
 * turn, so that predictions stand beside the ceiling, which is what the other half says of the same. With one seed it is that seed.
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
  /** Datasets and objectives, and groups in them. */
  readonly cells: number;
  /** 95 % of the pairs in order, over which datasets there are; undefined of fewer than three. */
  readonly pairs: Interval | undefined;
}

/** The mean over cells and groups; undefined where none has a value. */
export function predictorMeasures(predictor: Predictor, cells: readonly Cell[], groups: Groups): Against | undefined {
  return over(cells, groups, (cell, encoders) =>
    cellMeasures(cell, encoders, () => encoders.map((encoder) => predictor.of(cell.dataset, encoder))),
  );
}

/** What one set of seeds says of another: no prediction of one training can be expected to be better. Of cells with two seeds or more. */
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

/** Bootstrap of the mean of all values: datasets are drawn, each with all of its own. */
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

/** Those that have a ceiling, where there are three datasets of them; else all. What is compared is compared on the same. */
export function comparable(cells: readonly Cell[]): readonly Cell[] {
  const several = cells.filter(({ seeds }) => seeds.length > 1);
  return new Set(several.map(({ dataset }) => dataset)).size < FEWEST_DATASETS ? cells : several;
}

/** All of them. */
export const together: Groups = (encoders) => [encoders];

/** Encoders whose parameters differ by little from the next smaller one's. */
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
