import type { Labelled } from './labelled.ts';
import { minimise } from './lbfgs.ts';
import type { EstimatorRuntime } from './runtime.ts';

export interface ProbeOptions {
  /** [n] fold of each text. */
  readonly fold: Int32Array;
  readonly folds: number;
  /** Inverse strength of the penalty, as scikit-learn's C. */
  readonly c?: number | undefined;
  /** The fit ends where no part of the mean loss's gradient is larger. */
  readonly tolerance?: number | undefined;
}

/** Vectors have mean 0 and a mean square length of this, so that one C means the same for all encoders. */
const SQUARE_LENGTH = 1;
const C = 10;
/** Of the gradient of the mean loss: where scikit-learn stops, too. */
const TOLERANCE = 1e-4;
const MOST = 200;

export interface Probed {
  /** [n] class by the probe that did not see the text. */
  readonly predicted: Int32Array;
  /** [n, classes] */
  readonly posteriors: Float64Array;
}

/**
 * Linear probe, cross-validated: multinomial logistic regression with an L2 penalty on all weights but the biases (Alain and Bengio 2017),
 * fitted on all folds but one and asked for that one. Vectors are centred and scaled by the train folds.
 */
export async function linearProbe(labelled: Labelled, { fold, folds, c = C, tolerance = TOLERANCE }: ProbeOptions, runtime: EstimatorRuntime): Promise<Probed> {
  const { vectors: { rows: n }, classes } = labelled;
  const predicted = new Int32Array(n);
  const posteriors = new Float64Array(n * classes);
  for (let left = 0; left < folds; left++) {
    const mask = Float64Array.from(fold, (each) => Number(each !== left));
    const inputs = scaled(labelled, mask);
    const width = inputs.length / n;
    const problem = await runtime.logistic({ inputs, width, labels: labelled.labels, classes, mask });
    const train = mask.reduce((sum, each) => sum + each, 0);
    // From nothing: the last fold's weights would have seen the texts that are left out now.
    const weights = await minimise(async (at, gradient) => {
      const loss = await problem.loss(at, gradient);
      let penalty = 0;
      // The last row holds the biases.
      for (let i = 0; i < (width - 1) * classes; i++) {
        penalty += at[i]! * at[i]!;
        gradient[i] = (c * gradient[i]! + at[i]!) / (c * train);
      }
      for (let i = (width - 1) * classes; i < at.length; i++) gradient[i]! /= train;
      return (c * loss + penalty / 2) / (c * train);
    }, new Float64Array(width * classes), { tolerance, most: MOST });
    const all = await problem.posteriors(weights);
    for (let i = 0; i < n; i++) {
      if (fold[i] !== left) continue;
      let best = 0;
      for (let label = 0; label < classes; label++) {
        posteriors[i * classes + label] = all[i * classes + label]!;
        if (all[i * classes + label]! > all[i * classes + best]!) best = label;
      }
      predicted[i] = best;
    }
  }
  return { predicted, posteriors };
}

/** [n, d + 1]: centred and scaled by the texts of the mask, and a one for the bias. */
function scaled({ vectors: { rows: n, cols: d, data } }: Labelled, mask: Float64Array): Float64Array {
  const mean = new Float64Array(d);
  const count = mask.reduce((sum, each) => sum + each, 0);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += (mask[i]! * data[at]!) / count;
  let square = 0;
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) square += (mask[i]! * (data[at]! - mean[j]!) ** 2) / count;
  const scale = square === 0 ? 1 : Math.sqrt(SQUARE_LENGTH / square);
  const inputs = new Float64Array(n * (d + 1));
  for (let i = 0, at = 0, to = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++, to++) inputs[to] = (data[at]! - mean[j]!) * scale;
    inputs[to++] = 1;
  }
  return inputs;
}
