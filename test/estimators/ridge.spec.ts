import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fitRidge, PENALTIES, predictLinear, type RidgeParams } from '../../src/estimators/ridge.ts';
import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { matrix, row, type Matrix } from '../../src/numeric/matrix.ts';
import { regressionScores } from '../../src/statistics/regression-scores.ts';
import { sharedContinuous, deviation, REGRESSION, SHARED_REGRESSION, targetedOf } from './regression-reference.ts';

const runtime = new EstimatorRuntime(1);
after(() => runtime.close());

for (const each of REGRESSION.cases) {
  test(`ridge, ${each.name}: scikit-learn's left out, weights and penalty, to 1e-8`, async () => {
    const { vectors, targets } = targetedOf(each);
    const others = matrix(3, each.cols, Float32Array.from(each.others));
    const grid = await fitRidge({ vectors, targets }, runtime);
    // Errors of two texts are those of the other's target, whatever the penalty: which of the equal ones is smallest is rounding.
    if (each.rows > 2) assert.equal(grid.penalty, each.penalty);
    assert.ok(deviation(grid.errors, each.errors) < 1e-8);
    for (const [at, penalty] of PENALTIES.entries()) {
      const found = await fitRidge({ vectors, targets, penalties: [penalty] }, runtime);
      assert.equal(found.penalty, penalty);
      assert.ok(
        deviation(found.leftOut, each.left_out[at]!) < 1e-8,
        `left out, ${penalty}: ${deviation(found.leftOut, each.left_out[at]!)}`,
      );
      const predicted = deviation(predictLinear(found, others), each.predicted[at]!);
      assert.ok(predicted < 1e-8, `predicted, ${penalty}: ${predicted}`);
    }
  });
}

/** Corresponds to scikit-learn's `alpha` on unscaled vectors if their mean squared length is 1. */
function rawPenalty({ rows, cols, data }: Matrix, alpha: number): number {
  const mean = Array.from(
    { length: cols },
    (_, j) => Array.from({ length: rows }, (_each, i) => data[i * cols + j]!).reduce((sum, x) => sum + x, 0) / rows,
  );
  return alpha / (data.reduce((sum, x, at) => sum + (x - mean[at % cols]!) ** 2, 0) / rows);
}

for (const alpha of [0.1, 1, 10]) {
  test(`ridge: five folds and leave-one-out of the shared regression at alpha ${alpha}, to 1e-9`, { skip: SHARED_REGRESSION }, async () => {
    const { vectors, targets, oracle, tensor } = sharedContinuous();
    const key = `alpha${alpha.toFixed(1)}`;
    const { leftOut } = await fitRidge({ vectors, targets, penalties: [rawPenalty(vectors, alpha)] }, runtime);
    assert.ok(deviation(leftOut, tensor(`ridge.${key}.loo`)) < 1e-9);
    const folds = new Float64Array(targets.length);
    for (let fold = 0; fold < 5; fold++) {
      const pick = (is: (i: number) => boolean) => {
        const rows = [...targets.keys()].filter(is);
        return { rows, vectors: matrix(rows.length, vectors.cols, Float32Array.from(rows.flatMap((i) => [...row(vectors, i)]))) };
      };
      const [train, left] = [pick((i) => i % 5 !== fold), pick((i) => i % 5 === fold)];
      const known = Float64Array.from(train.rows, (i) => targets[i]!);
      const model = await fitRidge({ vectors: train.vectors, targets: known, penalties: [rawPenalty(train.vectors, alpha)] }, runtime);
      for (const [at, value] of predictLinear(model, left.vectors).entries()) folds[left.rows[at]!] = value;
    }
    assert.ok(deviation(folds, tensor(`ridge.${key}.folds5`)) < 1e-9);
    for (const [predicted, name] of [
      [leftOut, 'loo'],
      [folds, 'folds5'],
    ] as const) {
      const scores = regressionScores({ truth: targets, predicted });
      const expected = oracle.ridge[`${key}.${name}`]!;
      for (const score of ['pearson', 'rmse', 'mae', 'r2'] as const)
        assert.ok(Math.abs(scores[score] - expected[score]!) < 1e-9, `${score}: ${scores[score]}`);
      // Fits of equal texts are equal or differ by rounding, by the order of sums: by one rank at most.
      assert.ok(Math.abs(scores.spearman - expected.spearman!) < 1e-4, `${scores.spearman}`);
    }
  });
}

const TALL = REGRESSION.cases[0]!;

test('ridge: targets times 10 and moved are predictions times 10 and moved, with the same penalty', async () => {
  for (const each of REGRESSION.cases.slice(0, 3)) {
    const { vectors, targets } = targetedOf(each);
    const plain = await fitRidge({ vectors, targets }, runtime);
    const moved = await fitRidge({ vectors, targets: targets.map((target) => 10 * target - 7) }, runtime);
    assert.equal(moved.penalty, plain.penalty);
    assert.ok(
      deviation(
        moved.leftOut,
        plain.leftOut.map((value) => 10 * value - 7),
      ) < 1e-10,
    );
    assert.ok(
      deviation(
        moved.weights,
        plain.weights.map((value) => 10 * value),
      ) < 1e-10,
    );
  }
});

test('ridge: the unit of the vectors and their place change nothing', async () => {
  const { vectors, targets } = targetedOf(TALL);
  const plain = await fitRidge({ vectors, targets }, runtime);
  const other = matrix(
    vectors.rows,
    vectors.cols,
    vectors.data.map((x) => 64 * x + 1024),
  );
  const found = await fitRidge({ vectors: other, targets }, runtime);
  assert.equal(found.penalty, plain.penalty);
  // float32 represents 1024 + 64 x to 6e-5.
  assert.ok(deviation(found.leftOut, plain.leftOut) < 1e-5);
});

test('ridge: a constant target is predicted exactly, and the first penalty taken', async () => {
  for (const each of REGRESSION.cases) {
    const { vectors } = targetedOf(each);
    const { penalty, errors, leftOut, weights, intercept } = await fitRidge(
      { vectors, targets: new Float64Array(each.rows).fill(0.1) },
      runtime,
    );
    assert.equal(penalty, 1e-4);
    assert.ok(errors.every((error) => error === 0) && leftOut.every((value) => value === 0.1) && weights.every((weight) => weight === 0));
    assert.equal(intercept, 0.1);
  }
});

test('ridge: texts that are all the same have the mean of the others', async () => {
  for (const [rows, cols] of [
    [5, 2],
    [3, 8],
  ] as const) {
    const targets = Float64Array.from({ length: rows }, (_, i) => i * i);
    const { leftOut, weights } = await fitRidge({ vectors: matrix(rows, cols, new Float32Array(rows * cols).fill(0.3)), targets }, runtime);
    const sum = targets.reduce((total, target) => total + target, 0);
    assert.ok(
      deviation(
        leftOut,
        targets.map((target) => (sum - target) / (rows - 1)),
      ) < 1e-12,
    );
    assert.ok(weights.every((weight) => Math.abs(weight) < 1e-3));
  }
});

test('ridge: both sides say the same of as many texts as columns, and one more', async () => {
  const [rows, cols] = [12, 11];
  const data = Float32Array.from({ length: rows * cols }, (_, at) => Math.sin(at * 12.9898));
  const targets = Float64Array.from({ length: rows }, (_, i) => Math.cos(i * 78.233));
  // A column of zeros selects the other form, and changes nothing.
  const tall = matrix(rows, cols, data);
  const wide = matrix(rows, cols + 1, Float32Array.from(Array.from({ length: rows }, (_, i) => [...row(tall, i), 0]).flat()));
  for (const penalty of PENALTIES) {
    const byColumns = await fitRidge({ vectors: tall, targets, penalties: [penalty] }, runtime);
    const byRows = await fitRidge({ vectors: wide, targets, penalties: [penalty] }, runtime);
    assert.ok(deviation(byRows.leftOut, byColumns.leftOut) < 1e-9, `${penalty}: ${deviation(byRows.leftOut, byColumns.leftOut)}`);
    assert.ok(deviation(byRows.weights.subarray(0, cols), byColumns.weights) < 1e-9);
    assert.equal(byRows.weights[cols], 0);
  }
});

test('ridge: the least of several penalties is taken, whatever their order', async () => {
  const { vectors, targets } = targetedOf(TALL);
  const found = await fitRidge({ vectors, targets, penalties: PENALTIES.toReversed() }, runtime);
  assert.equal(found.penalty, TALL.penalty);
  assert.ok(deviation(found.errors.toReversed(), TALL.errors) < 1e-8);
});

function refuses(params: RidgeParams, error: { readonly code: string; readonly message: string }): Promise<void> {
  return assert.rejects(fitRidge(params, runtime), error);
}

test('ridge: what it refuses', async () => {
  const { vectors, targets } = targetedOf(TALL);
  await refuses({ vectors, targets: targets.subarray(1) }, { code: 'SHAPE', message: '39 targets for 40 vectors.' });
  await refuses(
    { vectors: matrix(1, 2), targets: Float64Array.of(1) },
    {
      code: 'DATA',
      message: 'Regression needs at least two texts, got 1.',
    },
  );
  await refuses({ vectors: matrix(2, 0), targets: Float64Array.of(1, 2) }, { code: 'SHAPE', message: 'The vectors have no columns.' });
  await refuses(
    { vectors: matrix(2, 1), targets: Float64Array.of(1, NaN) },
    {
      code: 'DATA',
      message: 'The target of text 1 is NaN, not a number.',
    },
  );
  await refuses(
    { vectors: matrix(2, 1, Float32Array.of(1, NaN)), targets: Float64Array.of(1, 2) },
    {
      code: 'DATA',
      message: 'The vector of text 1 holds NaN, not a number.',
    },
  );
  await refuses({ vectors, targets, penalties: [] }, { code: 'OPTION', message: '`penalties`: No penalties given.' });
  await refuses(
    { vectors, targets, penalties: [1, 0] },
    {
      code: 'OPTION',
      message: '`penalties`: 0 is not a penalty. Use numbers above 0.',
    },
  );
  assert.throws(() => predictLinear({ weights: new Float64Array(2), intercept: 0 }, matrix(1, 3)), {
    code: 'SHAPE',
    message: 'The model has 2 columns, but the vectors have 3.',
  });
});
