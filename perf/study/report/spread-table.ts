import { number, table } from './markdown.ts';
import type { Predictor } from './predictors.ts';
import { followsOf, type Spreads } from './spread.ts';
import type { Trained } from './trained.ts';

/** spread.md. */
export function spreadTable(grid: readonly Trained[], predictors: readonly Predictor[], spreads: Spreads): string {
  const shown = predictors.filter(({ texts, name }) => texts === 1000 && /knn|hscore|logme|linear-probe/.test(name));
  const lines = shown
    .map((predictor) => ({ name: predictor.name, ...followsOf(grid, predictor) }))
    .toSorted((a, b) => a.residual - b.residual || (a.name < b.name ? -1 : 1))
    .map(({ name, slope, slopeSd, residual, cells }) => [name, number(slope), number(slopeSd), number(residual), String(cells)]);
  return `# What a claim about a choice takes for known

In points of micro-F1; \`src/choosing/constants.ts\` has them as fractions.

${table(
  ['What', 'Standard deviation', 'From'],
  [
    ['A score on dev over seeds', number(spreads.seed), `${spreads.seedFreedom} degrees of freedom`],
    ['A score on test over seeds', number(spreads.seedOnTest), `${spreads.seedFreedom} degrees of freedom`],
    ['A lead on dev while train grows e-fold, seeds and texts apart', number(spreads.growth), `${spreads.growths} changes`],
  ],
)}

${FOLLOWS}

${table(['Estimate', 'Slope', 'Its deviation', 'What it leaves', 'Cells'], lines)}
`;
}

const FOLLOWS =
  'Scores on dev that follow an estimate: points by which encoders differ that are a standard deviation of the estimate apart, its '
  + 'deviation over data sets and objectives, and the deviation of what it leaves.';
