import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { nearestCentroid } from '../../src/estimators/centroid.ts';
import { consistency } from '../../src/estimators/consistency.ts';
import { estimate } from '../../src/estimators/estimators.ts';
import { stratifiedFolds } from '../../src/estimators/folds.ts';
import { hscore } from '../../src/estimators/hscore.ts';
import type { Labelled } from '../../src/estimators/labelled.ts';
import { leep } from '../../src/estimators/leep.ts';
import { linearProbe } from '../../src/estimators/linear-probe.ts';
import { logme } from '../../src/estimators/logme.ts';
import { momentsOf } from '../../src/estimators/moments.ts';
import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { silhouette } from '../../src/estimators/silhouette.ts';
import { spectrum } from '../../src/numeric/spectrum.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { packageRoot } from '../../src/home.ts';
import { Searcher } from '../../src/knn/searcher.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { oracleFolders } from '../oracles.ts';

const runtime = new EstimatorRuntime(1);
after(() => runtime.close());

interface Fixture {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly vectors: number[];
  readonly labels: number[];
  readonly probe: {
    readonly c: number;
    readonly folds: number;
    readonly fold: number[];
    readonly posteriors: number[];
    readonly predicted: number[];
  };
  readonly centroid: number[];
  readonly consistency: Readonly<Record<string, number>>;
  readonly leep: { readonly sources: number; readonly posteriors: number[]; readonly score: number };
  readonly probe_leep: { readonly labels: number[]; readonly score: number };
}

const FIXTURE = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'estimators', 'fixtures', 'estimators.json'), 'utf8')) as Fixture;
const LABELLED: Labelled = {
  vectors: matrix(FIXTURE.rows, FIXTURE.cols, Float32Array.from(FIXTURE.vectors)),
  labels: Int32Array.from(FIXTURE.labels),
  classes: FIXTURE.classes,
};

interface Transferability {
  readonly numpy_fp64: { readonly hscore_regularised: number; readonly logme_alpha_beta_reset_per_class: number };
  readonly transformer_ranker?: { readonly hscore: number; readonly logme: number };
  readonly silhouette_euclidean?: number;
}

function close(found: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${what}: ${found}, expected ${expected}`);
}

const NAMES = ['X_cont', 'X_int', 'X_wide'] as const;
const MATRICES = oracleFolders('estimators').flatMap((oracle) => NAMES.map((name) => ({ name, oracle })));

for (const {
  name,
  oracle: { name: where, at, skip },
} of MATRICES) {
  test(`estimators: H-score, LogME and silhouette of ${name} are those of ${where}, to 1e-9 of numpy in float64`, { skip }, async () => {
    const { transferability } = JSON.parse(readFileSync(at('estimators.json'), 'utf8')) as {
      transferability: Record<string, Transferability>;
    };
    const { tensors } = readSafetensors(readFileSync(at('estimators.safetensors')), where);
    const { data, shape } = tensors.get(name)!;
    const labels = tensors.get(name === 'X_wide' ? 'y_wide' : 'y')!.data as Int32Array;
    const labelled = {
      vectors: matrix(shape[0]!, shape[1]!, Float32Array.from(data as Float32Array)),
      labels,
      classes: Math.max(...labels) + 1,
    };
    const moments = await momentsOf(labelled, runtime);
    const { numpy_fp64: numpy, transformer_ranker: ranker, silhouette_euclidean: euclidean } = transferability[name]!;
    close(hscore(moments), numpy.hscore_regularised, 1e-9, 'H-score');
    close(logme(moments), numpy.logme_alpha_beta_reset_per_class, 1e-9, 'LogME');
    // transformer-ranker computes partly in float32, and carries alpha and beta over from one class to the next.
    if (ranker !== undefined) {
      close(hscore(moments), ranker.hscore, 1e-6, 'H-score of transformer-ranker');
      close(logme(moments), ranker.logme, 1e-3, 'LogME of transformer-ranker');
    }
    if (euclidean !== undefined) close(await silhouette(labelled, runtime), euclidean, 1e-7, 'silhouette');
  });
}

test('linear probe: posteriors of scikit-learn’s logistic regression on the same folds, to 1e-4, and its classes', async () => {
  const { c, folds, fold, posteriors, predicted } = FIXTURE.probe;
  const found = await linearProbe(LABELLED, { fold: Int32Array.from(fold), folds, c, tolerance: 1e-6 }, runtime);
  assert.deepEqual([...found.predicted], predicted);
  const worst = posteriors.reduce((most, value, i) => Math.max(most, Math.abs(value - found.posteriors[i]!)), 0);
  assert.ok(worst < 1e-4, `worst difference ${worst}`);
});

test('nearest centroid: classes of scikit-learn, each text left out', () => {
  assert.deepEqual([...nearestCentroid(LABELLED)], FIXTURE.centroid);
});

test('consistency: the share of scikit-learn’s neighbours', async () => {
  const searcher = await Searcher.open({ corpus: LABELLED.vectors, metric: 'euclidean', threads: 1 });
  const neighbours = await searcher.exact({ k: 5, excludeSelf: true });
  await searcher.close();
  for (const k of [1, 5]) assert.ok(Math.abs(consistency({ neighbours, labels: LABELLED.labels, k }) - FIXTURE.consistency[k]!) < 1e-12);
});

test('leep: the paper’s equations in numpy, to 1e-12', () => {
  const { sources, posteriors, score } = FIXTURE.leep;
  assert.ok(
    Math.abs(leep({ posteriors: Float64Array.from(posteriors), sources, labels: LABELLED.labels, classes: LABELLED.classes }) - score) <
      1e-12,
  );
  assert.throws(() => leep({ posteriors: new Float64Array(3), sources: 2, labels: Int32Array.of(0, 1), classes: 2 }), { code: 'SHAPE' });
});

test('leep of a probe of another label: scikit-learn’s posteriors in the paper’s equations, to 1e-4', async () => {
  const {
    probe: { c, folds, fold },
    probe_leep: { labels, score },
  } = FIXTURE;
  const { posteriors } = await linearProbe(
    { ...LABELLED, labels: Int32Array.from(labels), classes: 3 },
    { fold: Int32Array.from(fold), folds, c, tolerance: 1e-6 },
    runtime,
  );
  close(leep({ posteriors, sources: 3, labels: LABELLED.labels, classes: LABELLED.classes }), score, 1e-4, 'LEEP');
});

test('estimate: leep says more of a label that tells the target than of one that does not, and needs one', async () => {
  const params = { labelled: LABELLED, estimators: ['leep'] as const, seed: 1 };
  const [same] = await estimate({ ...params, source: { labels: LABELLED.labels, classes: LABELLED.classes } }, runtime);
  const [other] = await estimate({ ...params, source: { labels: LABELLED.labels.map((_, i) => i % 2), classes: 2 } }, runtime);
  assert.ok(other!.score < same!.score && same!.score < 0, `${other!.score} ${same!.score}`);
  await assert.rejects(estimate(params, runtime), { code: 'INTERNAL' });
});

test('linear probe: a fold’s posteriors, to 1e-4, do not depend on the other folds', async () => {
  // Weights of a fold do not depend on the other folds: two folds that hold out the same texts as one of five.
  const { c, folds, fold } = FIXTURE.probe;
  const all = await linearProbe(LABELLED, { fold: Int32Array.from(fold), folds, c, tolerance: 1e-6 }, runtime);
  const two = await linearProbe(
    LABELLED,
    { fold: Int32Array.from(fold, (each) => Number(each === 2)), folds: 2, c, tolerance: 1e-6 },
    runtime,
  );
  for (const [i, each] of fold.entries()) {
    if (each !== 2) continue;
    for (let label = 0; label < LABELLED.classes; label++)
      assert.ok(Math.abs(all.posteriors[i * LABELLED.classes + label]! - two.posteriors[i * LABELLED.classes + label]!) < 1e-4);
  }
});

test('spectrum: eigenvalues and projections rebuild the matrix', () => {
  const d = 40;
  const a = new Float64Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) a[i * d + j] = a[j * d + i] = (Math.sin((i * d + j) * 12.9898) * 43758.5453) % 1;
  const identity = new Float64Array(d * d);
  for (let i = 0; i < d; i++) identity[i * d + i] = 1;
  // Projections of the identity are the eigenvectors.
  const { values, projections } = spectrum({ symmetric: a.slice(), size: d, columns: identity, count: d });
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let e = 0; e < d; e++) sum += values[e]! * projections[e * d + i]! * projections[e * d + j]!;
      assert.ok(Math.abs(sum - a[i * d + j]!) < 1e-12, `${i} ${j}: ${sum}, ${a[i * d + j]}`);
    }
  }
});

test('spectrum: far fewer texts than dimensions, whose other eigenvalues are rounding', () => {
  const [n, d] = [30, 90];
  const x = Float64Array.from({ length: n * d }, (_, i) => Math.fround((Math.sin(i * 12.9898) * 43758.5453) % 1) * 30 ** ((i % d) / d));
  const gram = new Float64Array(d * d);
  let trace = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) for (let k = 0; k < n; k++) gram[i * d + j]! += x[k * d + i]! * x[k * d + j]!;
    trace += gram[i * d + i]!;
  }
  const values = spectrum({ symmetric: gram, size: d, columns: new Float64Array(d), count: 1 }).values.toSorted((a, b) => b - a);
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - trace) < 1e-9 * trace);
  assert.ok(
    values[n - 1]! > 1e-6 * trace && values.slice(n).every((value) => Math.abs(value) < 1e-13 * trace),
    `${values[n - 1]} ${values[n]}`,
  );
});

test('spectrum: small and degenerate matrices', () => {
  assert.deepEqual([...spectrum({ symmetric: Float64Array.of(3), size: 1, columns: Float64Array.of(2), count: 1 }).values], [3]);
  const [low, high] = [
    ...spectrum({ symmetric: Float64Array.of(2, 1, 1, 2), size: 2, columns: Float64Array.of(1, 1), count: 1 }).values,
  ].toSorted((a, b) => a - b);
  assert.ok(Math.abs(low! - 1) < 1e-15 && Math.abs(high! - 3) < 1e-15, `${low} ${high}`);
  assert.deepEqual([...spectrum({ symmetric: new Float64Array(9), size: 3, columns: new Float64Array(3), count: 1 }).values], [0, 0, 0]);
  assert.throws(() => spectrum({ symmetric: Float64Array.of(1, NaN, NaN, 1), size: 2, columns: new Float64Array(2), count: 1 }), {
    code: 'DATA',
  });
});

test('folds: every class is spread evenly, and the seed decides', () => {
  const labels = Int32Array.from({ length: 103 }, (_, i) => (i % 7 === 0 ? 1 : 0));
  const fold = stratifiedFolds({ labels, classes: 2, folds: 5, seed: 1 });
  for (const label of [0, 1]) {
    const sizes = [0, 1, 2, 3, 4].map((each) => fold.filter((value, i) => value === each && labels[i] === label).length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
  }
  assert.deepEqual(stratifiedFolds({ labels, classes: 2, folds: 5, seed: 1 }), fold);
  assert.notDeepEqual(stratifiedFolds({ labels, classes: 2, folds: 5, seed: 2 }), fold);
});

test('estimate: of texts that are all, or nearly all, the same every score is a number', async () => {
  for (const others of [0, 1]) {
    const one = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i) + 0.1);
    const data = Float32Array.from({ length: 40 * 16 }, (_, at) => (at < others * 16 ? at / 7 : one[at % 16]!));
    const labelled: Labelled = { vectors: matrix(40, 16, data), labels: Int32Array.from({ length: 40 }, (_, i) => i % 2), classes: 2 };
    const source = { labels: Int32Array.from({ length: 40 }, (_, i) => Number(i % 3 === 0)), classes: 2 };
    const found = await estimate(
      { labelled, estimators: ['linear-probe', 'centroid', 'hscore', 'logme', 'silhouette', 'leep'], source, seed: 1 },
      runtime,
    );
    assert.deepEqual(
      found.filter(({ score }) => !Number.isFinite(score)),
      [],
    );
  }
});
