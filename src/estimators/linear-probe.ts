import { cholesky, invertLower } from '../numeric/cholesky.ts';
import { BatchedCalls } from './batched-calls.ts';
import type { Labelled } from './labelled.ts';
import { minimise } from './lbfgs.ts';
import type { EstimatorRuntime } from './runtime.ts';

export interface ProbeOptions {
  /** [n] fold of each text. */
  readonly fold: Int32Array;
  readonly folds: number;
  /**
   * Inverse regularisation strength, as scikit-learn's C. With two classes, where scikit-learn has a single weight vector, its C is twice
   * this for the same posteriors.
   */
  readonly c?: number | undefined;
  /** The fit stops when no component of the mean loss's gradient is larger. */
  readonly tolerance?: number | undefined;
}

/** Vectors have mean 0 and this mean squared length, so that one C means the same for all encoders. */
const SQUARE_LENGTH = 1;
const C = 10;
/** For the gradient of the mean loss: where scikit-learn stops, too. */
const TOLERANCE = 1e-4;
const MOST = 200;
/**
 * Typical p (1 - p) of a class: the scale of the loss's Hessian relative to the vectors' second moments. A guess that affects the number of
 * steps, not the result.
 */
const CURVATURE = 0.01;

export interface Probed {
  /** [n] class by the probe that was not fitted on the text. */
  readonly predicted: Int32Array;
  /** [n, classes] */
  readonly posteriors: Float64Array;
}

/**
 * Cross-validated linear probe: multinomial logistic regression with an L2 penalty on all weights but the biases (Alain and Bengio 2017),
 * fitted on all folds but one and evaluated on that one. Vectors are centred and scaled by the train folds. The folds are fitted in
 * lockstep, so that one product serves all; each starts from zero, since another fold's weights have seen the held-out texts.
 */
export async function linearProbe(
  labelled: Labelled,
  { fold, folds, c = C, tolerance = TOLERANCE }: ProbeOptions,
  runtime: EstimatorRuntime,
): Promise<Probed> {
  const {
    vectors: { rows: n, cols: d },
    labels,
    classes,
  } = labelled;
  const width = d + 1;
  const inputs = scaled(labelled);
  const trains = trainsOf({ inputs, fold, folds, d });
  const problem = runtime.logistic({ inputs, width, labels, classes });
  const curvature = await curvatureOf({ inputs, n, width, penalty: 1 / (c * n) }, runtime);
  const together = new BatchedCalls<Float64Array, { readonly loss: number; readonly slope: Float64Array }>(folds, async (asked) => {
    const members = [...asked.keys()];
    const { losses, slope } = await problem.loss({ ...sideBySide({ asked, trains, width, classes }), mask: maskOf(fold, members) });
    return new Map(
      members.map((member, at) => [
        member,
        { loss: losses[at]!, slope: ofOne({ slope, at, fits: members.length, train: trains[member]!, width, classes }) },
      ]),
    );
  });
  const fitted = await Promise.all(
    trains.map(async ({ texts }, member) => {
      try {
        return await minimise(
          async (at, gradient) => {
            const { loss, slope } = await together.ask(member, at);
            let penalty = 0;
            for (let i = 0; i < d * classes; i++) {
              penalty += at[i]! * at[i]!;
              gradient[i] = slope[i]! / texts + at[i]! / (c * texts);
            }
            // The last row holds the biases.
            for (let i = d * classes; i < at.length; i++) gradient[i] = slope[i]! / texts;
            return loss / texts + penalty / (2 * c * texts);
          },
          new Float64Array(width * classes),
          { tolerance, most: MOST, inverse: (vector) => runtime.product({ a: curvature, b: vector, d: width }) },
        );
      } finally {
        together.leave();
      }
    }),
  );

  const predicted = new Int32Array(n);
  const posteriors = new Float64Array(n * classes);
  await problem.scores(sideBySide({ asked: new Map(fitted.entries()), trains, width, classes }), (scores, from) => {
    for (let i = 0, row = from; i * folds * classes < scores.length; i++, row++) {
      const at = (i * folds + fold[row]!) * classes;
      predicted[row] = softmax(scores.subarray(at, at + classes), posteriors.subarray(row * classes, (row + 1) * classes));
    }
  });
  return { predicted, posteriors };
}

/** [n, d + 1]: centred and scaled over all texts, for precision in float32, with a column of ones for the bias. */
function scaled({ vectors: { rows: n, cols: d, data } }: Labelled): Float32Array {
  const mean = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += data[at]! / n;
  let square = 0;
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) square += (data[at]! - mean[j]!) ** 2 / n;
  const scale = scaleOf(
    square,
    mean.reduce((sum, x) => sum + x * x, 0),
  );
  const inputs = new Float32Array(n * (d + 1));
  for (let i = 0, at = 0, to = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++, to++) inputs[to] = (data[at]! - mean[j]!) * scale;
    inputs[to++] = 1;
  }
  return inputs;
}

/** Relative to the vectors' squared length: smaller values are rounding errors of texts that are all equal. */
const NO_SPREAD = 1e-12;

function scaleOf(square: number, length: number): number {
  return square <= NO_SPREAD * length ? 1 : Math.sqrt(SQUARE_LENGTH / square);
}

/** Training data of a fold: centring and scaling by it is applied to the weights, and the texts stay as they are. */
interface Train {
  readonly texts: number;
  /** [d] */
  readonly mean: Float64Array;
  readonly scale: number;
}

function trainsOf({
  inputs,
  fold,
  folds,
  d,
}: {
  readonly inputs: Float32Array;
  readonly fold: Int32Array;
  readonly folds: number;
  readonly d: number;
}): Train[] {
  const parts = Array.from({ length: folds }, () => ({ texts: 0, sum: new Float64Array(d), square: 0 }));
  for (let i = 0, at = 0; i < fold.length; i++, at++) {
    const part = parts[fold[i]!]!;
    part.texts++;
    for (let j = 0; j < d; j++, at++) {
      const x = inputs[at]!;
      part.sum[j]! += x;
      part.square += x * x;
    }
  }
  return parts.map((_, left) => {
    const others = parts.filter((_each, at) => at !== left);
    const texts = others.reduce((sum, part) => sum + part.texts, 0);
    const mean = Float64Array.from({ length: d }, (_each, j) => others.reduce((sum, part) => sum + part.sum[j]!, 0) / texts);
    const square = others.reduce((sum, part) => sum + part.square, 0) / texts - mean.reduce((sum, x) => sum + x * x, 0);
    return { texts, mean, scale: scaleOf(square, others.reduce((sum, part) => sum + part.square, 0) / texts) };
  });
}

/** [n, members] 1 if a text is in the training data of a member. */
function maskOf(fold: Int32Array, members: readonly number[]): Float32Array {
  const mask = new Float32Array(fold.length * members.length);
  for (let i = 0, at = 0; i < fold.length; i++) for (const member of members) mask[at++] = Number(fold[i] !== member);
  return mask;
}

interface SideBySideParams {
  /** Weights [d + 1, classes] of members, for vectors as each centres and scales them. */
  readonly asked: ReadonlyMap<number, Float64Array>;
  readonly trains: readonly Train[];
  readonly width: number;
  readonly classes: number;
}

/** The members' weights for the vectors as they are. */
function sideBySide({ asked, trains, width, classes }: SideBySideParams): { readonly fits: number; readonly weights: Float32Array } {
  const fits = asked.size;
  const weights = new Float32Array(width * fits * classes);
  for (const [at, [member, own]] of [...asked].entries()) {
    const { mean, scale } = trains[member]!;
    const biases = own.slice((width - 1) * classes);
    for (let j = 0; j < width - 1; j++) {
      for (let label = 0; label < classes; label++) {
        const weight = own[j * classes + label]! * scale;
        weights[(j * fits + at) * classes + label] = weight;
        biases[label]! -= mean[j]! * weight;
      }
    }
    weights.set(biases, ((width - 1) * fits + at) * classes);
  }
  return { fits, weights };
}

/** A member's gradient [d + 1, classes] for its own weights, from that for the vectors as they are. */
function ofOne({
  slope,
  at,
  fits,
  train: { mean, scale },
  width,
  classes,
}: {
  readonly slope: Float64Array;
  readonly at: number;
  readonly fits: number;
  readonly train: Train;
  readonly width: number;
  readonly classes: number;
}): Float64Array {
  const own = new Float64Array(width * classes);
  const last = (width - 1) * classes;
  for (let label = 0; label < classes; label++) own[last + label] = slope[((width - 1) * fits + at) * classes + label]!;
  for (let j = 0; j < width - 1; j++) {
    for (let label = 0; label < classes; label++)
      own[j * classes + label] = scale * (slope[(j * fits + at) * classes + label]! - mean[j]! * own[last + label]!);
  }
  return own;
}

/** Approximate inverse [width, width] of the loss's Hessian, the same for every class. Independent of the labels. */
async function curvatureOf(
  { inputs, n, width, penalty }: { readonly inputs: Float32Array; readonly n: number; readonly width: number; readonly penalty: number },
  runtime: EstimatorRuntime,
): Promise<Float64Array> {
  const second = await runtime.gram({ rows: n, cols: width, data: inputs });
  for (let i = 0; i < second.length; i++) second[i]! *= CURVATURE / n;
  for (let j = 0; j < width - 1; j++) second[j * width + j]! += penalty;
  const inverse = invertLower(cholesky(second, width), width);
  return runtime.gram({ rows: width, cols: width, data: inverse });
}

/** Writes the probabilities of scores, and returns the class of the largest; a tie goes to the smallest class. */
function softmax(scores: Float32Array, to: Float64Array): number {
  let best = 0;
  for (let label = 1; label < scores.length; label++) if (scores[label]! > scores[best]!) best = label;
  let sum = 0;
  for (let label = 0; label < scores.length; label++) sum += to[label] = Math.exp(scores[label]! - scores[best]!);
  for (let label = 0; label < scores.length; label++) to[label]! /= sum;
  return best;
}
