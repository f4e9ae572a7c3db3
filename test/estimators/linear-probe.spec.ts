import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { linearProbe } from '../../src/estimators/linear-probe.ts';
import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { packageRoot } from '../../src/home.ts';
import { matrix } from '../../src/numeric/matrix.ts';

const runtime = new EstimatorRuntime(1);
after(() => runtime.close());

interface Case {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly vectors: number[];
  readonly labels: number[];
  /** [rows] 1 if a row is held out of the fit. */
  readonly test: number[];
  readonly fits: readonly { readonly c: number; readonly posteriors: number[]; readonly predicted: number[] }[];
}

/** Made by logistic.py in the folder of the file. */
const { cases } = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'estimators', 'fixtures', 'logistic.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

for (const { name, rows, cols, classes, vectors, labels, test: isTest, fits } of cases) {
  test(`linear probe, ${name}: posteriors of scikit-learn for fixed penalties, to 1e-4 (3e-4 at C 100), and its classes`, async () => {
    const labelled = { vectors: matrix(rows, cols, Float32Array.from(vectors)), labels: Int32Array.from(labels), classes };
    const fold = Int32Array.from(isTest, (is) => 1 - is);
    for (const { c, posteriors, predicted } of fits) {
      // For two classes scikit-learn has a single weight vector, the difference of ours, whose square is twice the sum of their squares.
      const own = classes === 2 ? c / 2 : c;
      const found = await linearProbe(labelled, { fold, folds: 2, c: own, tolerance: 1e-6 }, runtime);
      const left = [...isTest.keys()].filter((i) => isTest[i] === 1);
      assert.deepEqual(
        left.map((i) => found.predicted[i]),
        predicted,
      );
      const given = left.flatMap((i) => [...found.posteriors.subarray(i * classes, (i + 1) * classes)]);
      const worst = posteriors.reduce((most, value, i) => Math.max(most, Math.abs(value - given[i]!)), 0);
      // The weaker the penalty, the farther the remaining gradient leaves weights from their optimum.
      assert.ok(worst < (c === 100 ? 3e-4 : 1e-4), `C ${c}: worst difference ${worst}`);
    }
  });
}
