import { groupBy } from '../../../src/group-by.ts';
import { mean } from './measures.ts';
import type { Predictor } from './predictors.ts';
import type { Trained } from './trained.ts';

/** Standard deviations, in points, that a claim about a choice assumes (src/choosing/constants.ts, there as fractions). */
export interface Spreads {
  /** Of a dev score over seeds, and its degrees of freedom (training runs minus means). */
  readonly seed: number;
  readonly seedFreedom: number;
  readonly seedOnTest: number;
  /** Of the change of a lead on dev while the training set grows e-fold, excluding the noise of seeds and dev texts. */
  readonly growth: number;
  readonly growths: number;
}

/** Correctness of the dev texts; undefined if missing. */
export type CorrectOnDev = (training: Trained) => readonly boolean[] | undefined;

/** From training runs of the grid, and of its smaller parts. NaN if there is no data. */
export function spreadsOf(grid: readonly Trained[], parts: readonly Trained[], correct: CorrectOnDev): Spreads {
  const seed = overSeeds(grid, ({ dev }) => dev);
  const changes = growthsOf(grid, parts, correct, seed.variance);
  return {
    seed: Math.sqrt(seed.variance),
    seedFreedom: seed.freedom,
    seedOnTest: Math.sqrt(overSeeds(grid, ({ test }) => test).variance),
    growth: Math.sqrt(Math.max(0, mean(changes))),
    growths: changes.length,
  };
}

/** Variance over seeds of the same encoder, dataset and objective, pooled. */
export function overSeeds(
  trained: readonly Trained[],
  of: (training: Trained) => number,
): { readonly variance: number; readonly freedom: number } {
  let [squares, freedom] = [0, 0];
  for (const same of groupBy(trained, ({ encoder, dataset, objective }) => `${encoder} ${dataset} ${objective}`).values()) {
    const values = same.map(of);
    const middle = mean(values);
    squares += values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    freedom += values.length - 1;
  }
  return { variance: squares / freedom, freedom };
}

/**
 * Variance per e-fold growth of the change of leads from a part to all texts, for each encoder and part: the square of the deviation of its
 * change from the mean change, minus the noise of two seeds and of the dev texts.
 */
function growthsOf(grid: readonly Trained[], parts: readonly Trained[], correct: CorrectOnDev, seedVariance: number): number[] {
  return [...groupBy(parts, ({ dataset, objective, train, seed }) => `${dataset} ${objective} ${train} ${seed}`).values()].flatMap(
    (same) => {
      const pairs = same.flatMap((part) => {
        const whole = grid.find(
          (each) =>
            each.encoder === part.encoder && each.dataset === part.dataset && each.objective === part.objective && each.seed === part.seed,
        );
        const [before, after] = [correct(part), whole && correct(whole)];
        if (whole === undefined || before === undefined || after === undefined) return [];
        return [
          {
            change: whole.dev - part.dev,
            texts: after.map((right, text) => 100 * (Number(right) - Number(before[text]))),
            folds: Math.log(whole.train / part.train),
          },
        ];
      });
      const n = pairs.length;
      if (n < 2) return [];
      const middle = mean(pairs.map(({ change }) => change));
      const ofText = pairs[0]!.texts.map((_, text) => mean(pairs.map(({ texts }) => texts[text]!)));
      return pairs.map(({ change, texts, folds }) => {
        const apart = texts.map((value, text) => value - ofText[text]!);
        const fromTexts = mean(apart.map((value) => (value - mean(apart)) ** 2)) / texts.length;
        return ((((change - middle) ** 2 - fromTexts) * n) / (n - 1) - 2 * seedVariance) / folds;
      });
    },
  );
}

/**
 * Regression of fine-tuned scores on a predictor, over cells: points per standard deviation of it, mean and standard deviation, and the
 * residual.
 */
export interface Follows {
  readonly slope: number;
  readonly slopeSd: number;
  readonly residual: number;
  readonly cells: number;
}

/** Mean dev scores over seeds, against the predictor in standard deviations of a cell's encoders; `n` - 2 degrees of freedom per cell. */
export function followsOf(grid: readonly Trained[], predictor: Predictor): Follows {
  const fits = [...groupBy(grid, ({ dataset, objective }) => `${dataset} ${objective}`).values()].flatMap((cell) => {
    const points = [...groupBy(cell, ({ encoder }) => encoder)].flatMap(([encoder, own]) => {
      const x = predictor.of(cell[0]!.dataset, encoder);
      return x === undefined ? [] : [{ x, y: mean(own.map(({ dev }) => dev)) }];
    });
    const n = points.length;
    const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
    const sd = Math.sqrt(points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0) / (n - 1));
    if (n < 3 || sd === 0) return [];
    const slope = points.reduce((sum, { x, y }) => sum + ((x - mx) / sd) * (y - my), 0) / (n - 1);
    const left = points.reduce((sum, { x, y }) => sum + (y - my - (slope * (x - mx)) / sd) ** 2, 0);
    return [{ slope, variance: left / (n - 2) }];
  });
  const slope = mean(fits.map((fit) => fit.slope));
  return {
    slope,
    slopeSd: Math.sqrt(fits.reduce((sum, fit) => sum + (fit.slope - slope) ** 2, 0) / (fits.length - 1)),
    residual: Math.sqrt(mean(fits.map(({ variance }) => variance))),
    cells: fits.length,
  };
}
