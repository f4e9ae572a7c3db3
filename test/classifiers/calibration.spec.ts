import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  calibrationError,
  expectedCalibrationError,
  fitTemperature,
  negativeLogLikelihood,
  type ScoredTexts,
} from '../../src/classifiers/calibration.ts';

// Drawn with numpy's default_rng(7); the expected numbers are scipy 1.17's minimize_scalar (bounded, xatol 1e-12) over log T of
// scikit-learn's log_loss, and 15 bins (a, b] in numpy.
const LOGITS = [
  0, 0.9, -0.82, -2.67, -1.36, -2.97, 0.18, 4.02, -1.48, -1.86, 1.47, 1.07, 0.32, -2.79, -0.09, 2.09, -4.03, -1.37, -5.7, -3.87, -5.53,
  -0.71, -3.8, 0.81, 0.47, -0.56, -7.55, -1.62, -0.15, 0.34, -4.59, -1.43, -2.94, -2.43, 3.18, -2.42,
];
const CLASSES = 3;
const texts = (truth: readonly (readonly number[])[], multiLabel: boolean): ScoredTexts => ({
  logits: Float64Array.from(LOGITS),
  classes: CLASSES,
  truth,
  multiLabel,
});
const ONE = texts(
  [0, 1, 1, 0, 0, 0, 0, 2, 0, 0, 1, 1].map((label) => [label]),
  false,
);
const SEVERAL = texts([[1, 2], [], [1], [1, 2], [], [0], [], [0, 2], [1], [], [1], [1]], true);
const near = (found: number, expected: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(found - expected) <= tolerance * Math.abs(expected), `${found}, not ${expected}`);

test('temperature: the one that scipy finds, of softmaxes and of sigmoids', () => {
  near(fitTemperature(ONE), 2.068517458990266);
  near(fitTemperature(SEVERAL), 0.8834020758740937);
  near(negativeLogLikelihood(ONE, 1), 0.9673940197177472, 1e-12);
  near(negativeLogLikelihood(SEVERAL, 1), 1.1040004795213096, 1e-12);
});

test('temperature: within 0.05 and 20, and 1 where none is better', () => {
  const sure = { logits: Float64Array.of(1, 0, 0, 1), classes: 2, truth: [[0], [1]], multiLabel: false };
  assert.equal(fitTemperature(sure), 0.05);
  assert.equal(fitTemperature({ ...sure, truth: [[1], [0]] }), 20);
  assert.equal(fitTemperature({ ...sure, logits: new Float64Array(4) }), 1);
});

test('temperature: logits beyond the range of exp', () => {
  const far = { logits: Float64Array.of(1e5, -1e5, -1e5, 1e5), classes: 2, truth: [[0], [1]], multiLabel: false };
  assert.equal(negativeLogLikelihood(far, 1), 0);
  assert.equal(negativeLogLikelihood({ ...far, multiLabel: true }, 1), 0);
});

test('calibration error: as numpy bins it, of the predicted class, or of every class', () => {
  const predicted = Array.from({ length: 12 }, (_, i) => {
    const row = LOGITS.slice(i * CLASSES, (i + 1) * CLASSES);
    return row.indexOf(Math.max(...row));
  });
  near(calibrationError(ONE, { temperature: 1, predicted }), 0.18430737931395008, 1e-9);
  near(calibrationError(ONE, { temperature: 2.068517458990266, predicted }), 0.15585218143016963, 1e-9);
  near(calibrationError(SEVERAL, { temperature: 1, predicted: [] }), 0.2267266015311572, 1e-9);
  near(calibrationError(SEVERAL, { temperature: 0.8834020758740937, predicted: [] }), 0.2093959235782045, 1e-9);
});

test('calibration error: by hand, at the edges of bins', () => {
  assert.equal(expectedCalibrationError({ stated: [1, 1], isTrue: [true, true] }), 0);
  assert.equal(expectedCalibrationError({ stated: [1, 1], isTrue: [true, false] }), 0.5);
  assert.equal(expectedCalibrationError({ stated: [0], isTrue: [true] }), 1);
});

test('calibration: no text, and logits of another number', () => {
  const none = { logits: new Float64Array(), classes: 2, truth: [], multiLabel: false };
  assert.throws(() => fitTemperature(none), { code: 'DATA', message: 'No texts to calibrate on.' });
  assert.throws(() => fitTemperature({ ...none, truth: [[0]] }), { code: 'SHAPE', message: '0 logits for 1 texts and 2 classes.' });
});
