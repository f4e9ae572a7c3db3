import { HarnessError } from '../errors.ts';
import { probabilities } from './probabilities.ts';

/** True classes of texts, and a classifier's logits. */
export interface ScoredTexts {
  /** [texts, classes] */
  readonly logits: Float64Array;
  readonly classes: number;
  /** Classes of each text; one each, unless `multiLabel`. */
  readonly truth: readonly ArrayLike<number>[];
  /** Independent classes: sigmoids. Else a softmax. */
  readonly multiLabel: boolean;
}

/** Range of temperatures: [0.05, 20]. */
const LEAST = Math.log(0.05);
const MOST = Math.log(20);
/** Tolerance on the logarithm of the temperature. */
const TOLERANCE = 1e-9;
/** Digits of a temperature: more have no effect. */
const DIGITS = 6;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The maximum-likelihood temperature (Guo et al. 2017): golden-section search over its logarithm. The loss is unimodal there, since it is
 * convex in 1 / T. If all temperatures are equally good, 1. Throws DATA without texts.
 */
export function fitTemperature(texts: ScoredTexts): number {
  checkTexts(texts);
  const lossAt = (log: number) => negativeLogLikelihood(texts, Math.exp(log));
  let [low, high] = [LEAST, MOST];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftLoss, rightLoss] = [lossAt(left), lossAt(right)];
  while (high - low > TOLERANCE) {
    if (leftLoss <= rightLoss) {
      [high, right, rightLoss] = [right, left, leftLoss];
      left = high - GOLDEN * (high - low);
      leftLoss = lossAt(left);
    } else {
      [low, left, leftLoss] = [left, right, rightLoss];
      right = low + GOLDEN * (high - low);
      rightLoss = lossAt(right);
    }
  }
  const found = (low + high) / 2;
  // The search ends slightly inside the range.
  const [best] = [found, LEAST, MOST].toSorted((a, b) => lossAt(a) - lossAt(b));
  return lossAt(best!) < lossAt(0) ? Number(Math.exp(best!).toPrecision(DIGITS)) : 1;
}

/** Mean over texts of -log of the probability of the truth; for multi-label texts the binary cross-entropy, summed over classes. */
export function negativeLogLikelihood({ logits, classes, truth, multiLabel }: ScoredTexts, temperature: number): number {
  let sum = 0;
  for (const [text, own] of truth.entries()) {
    const row = logits.subarray(text * classes, (text + 1) * classes);
    if (multiLabel) {
      const on = new Set(Array.from(own));
      for (let c = 0; c < classes; c++) sum += softplus((on.has(c) ? -row[c]! : row[c]!) / temperature);
    } else {
      let most = -Infinity;
      for (const value of row) most = Math.max(most, value);
      let total = 0;
      for (const value of row) total += Math.exp((value - most) / temperature);
      sum += Math.log(total) - (row[own[0]!]! - most) / temperature;
    }
  }
  return sum / truth.length;
}

/** log(1 + e^x), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

const BINS = 15;

export interface Judged {
  /** Probabilities stated by a classifier. */
  readonly stated: readonly number[];
  /** Whether each came true. */
  readonly isTrue: readonly boolean[];
}

/**
 * Expected calibration error: the gap between stated probability and observed frequency, in bins of equal width (a, b], weighted by the
 * number of items per bin (Guo et al. 2017, equation 3; 15 bins as there). A fraction. Throws DATA without items.
 */
export function expectedCalibrationError({ stated, isTrue }: Judged): number {
  if (stated.length === 0) throw new HarnessError('DATA', { what: 'No texts to calibrate on.' });
  const gaps = new Float64Array(BINS);
  for (const [i, each] of stated.entries()) gaps[Math.min(BINS - 1, Math.max(0, Math.ceil(each * BINS) - 1))]! += Number(isTrue[i]) - each;
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / stated.length;
}

/**
 * Calibration error of a classifier's probabilities at a temperature: of the confidence in the predicted class (`predicted`, one each); for
 * multi-label texts, of the probability of every class of every text.
 */
export function calibrationError(
  texts: ScoredTexts,
  { temperature, predicted }: { readonly temperature: number; readonly predicted: ArrayLike<number> },
): number {
  checkTexts(texts);
  const { logits, classes, truth, multiLabel } = texts;
  const stated: number[] = [];
  const isTrue: boolean[] = [];
  for (const [text, own] of truth.entries()) {
    const found = probabilities(logits.subarray(text * classes, (text + 1) * classes), { temperature, multiLabel });
    if (multiLabel) {
      const on = new Set(Array.from(own));
      for (const [c, probability] of found.entries()) {
        stated.push(probability);
        isTrue.push(on.has(c));
      }
    } else {
      stated.push(found[predicted[text]!]!);
      isTrue.push(predicted[text] === own[0]);
    }
  }
  return expectedCalibrationError({ stated, isTrue });
}

function checkTexts({ logits, classes, truth }: ScoredTexts): void {
  if (truth.length === 0) throw new HarnessError('DATA', { what: 'No texts to calibrate on.' });
  if (logits.length !== truth.length * classes) {
    throw new HarnessError('SHAPE', { what: `${logits.length} logits for ${truth.length} texts and ${classes} classes.` });
  }
}
