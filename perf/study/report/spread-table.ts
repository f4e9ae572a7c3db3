import { number, table } from './markdown.ts';
import type { Predictor } from './predictors.ts';
import { followsOf, type Spreads } from './spread.ts';
import type { Trained } from './trained.ts';

export interface SpreadTableParams {
  readonly grid: readonly Trained[];
  readonly predictors: readonly Predictor[];
  /** Of all encoders, and of those made for the language of the data. */
  readonly spreads: { readonly all: Spreads; readonly native: Spreads };
  readonly isForeign: (encoder: string) => boolean;
}

/** spread.md. */
export function spreadTable({ grid, predictors, spreads: { all, native }, isForeign }: SpreadTableParams): string {
  const shown = predictors.filter(({ texts, name }) => texts === 1000 && /knn|hscore|logme|linear-probe/.test(name));
  const follows = (trained: readonly Trained[]): string =>
    table(
      ['Estimate', 'Slope', 'Its deviation', 'What it leaves', 'Cells'],
      shown
        .map((predictor) => ({ name: predictor.name, ...followsOf(trained, predictor) }))
        .toSorted((a, b) => a.residual - b.residual || (a.name < b.name ? -1 : 1))
        .map(({ name, slope, slopeSd, residual, cells }) => [name, number(slope), number(slopeSd), number(residual), String(cells)]),
    );
  return `# What a claim about a choice takes for known

In points of micro-F1; \`src/choosing/constants.ts\` has them as fractions.

${table(
  ['What', 'Standard deviation', 'From', 'Without encoders of another language', 'From'],
  [
    ['A score on dev over seeds', number(all.seed), freedom(all), number(native.seed), freedom(native)],
    ['A score on test over seeds', number(all.seedOnTest), freedom(all), number(native.seedOnTest), freedom(native)],
    [
      'A lead on dev while train grows e-fold, seeds and texts apart',
      number(all.growth),
      `${all.growths} changes`,
      number(native.growth),
      `${native.growths} changes`,
    ],
  ],
)}

${FOLLOWS}

Of all encoders:

${follows(grid)}

Without those of another language, which any estimate tells:

${follows(grid.filter(({ encoder }) => !isForeign(encoder)))}
`;
}

function freedom({ seedFreedom }: Spreads): string {
  return `${seedFreedom} degrees of freedom`;
}

const FOLLOWS =
  'Scores on dev that follow an estimate: points by which encoders differ that are a standard deviation of the estimate apart, its ' +
  'deviation over data sets and objectives, and the deviation of what it leaves.';
