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
      ['Estimate', 'Slope', 'SD of the slope', 'Residual SD', 'Groups'],
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
    ['A dev score over seeds', number(all.seed), freedom(all), number(native.seed), freedom(native)],
    ['A test score over seeds', number(all.seedOnTest), freedom(all), number(native.seedOnTest), freedom(native)],
    [
      'A lead on dev per e-fold growth of train, without the noise of seeds and texts',
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
  'Regression of dev scores on an estimate. Slope: points per standard deviation of the estimate, with its standard deviation over ' +
  'datasets and objectives; residual SD: that of the dev scores that the estimate does not explain.';
