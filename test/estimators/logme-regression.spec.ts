import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { logmeRegression, publishedLogmeRegression } from '../../src/estimators/logme-regression.ts';
import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { REGRESSION, SHARED_REGRESSION, sharedContinuous, targetedOf } from './regression-reference.ts';

const runtime = new EstimatorRuntime(1);
after(() => runtime.close());

function close(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${found}, expected ${expected}`);
}

for (const each of REGRESSION.cases) {
  test(`LogME of a real target, ${each.name}: the authors' code in numpy, as published and standardised, to 1e-9`, async () => {
    close(await publishedLogmeRegression(targetedOf(each), runtime), each.logme_published, 1e-9);
    close(await logmeRegression(targetedOf(each), runtime), each.logme!, 1e-9);
  });
}

test(
  'LogME of a real target: the shared regression, to 1e-9 of numpy and 1e-6 of transformer-ranker',
  { skip: SHARED_REGRESSION },
  async () => {
    const {
      vectors,
      targets,
      oracle: { logme },
    } = sharedContinuous();
    const published = (of: (target: number) => number) => publishedLogmeRegression({ vectors, targets: targets.map(of) }, runtime);
    close(await published((y) => y), logme['numpy_fp64']!, 1e-9);
    close(await published((y) => y), logme['transformer_ranker_0.2.0']!, 1e-6);
    close(await published((y) => 10 * y), logme['numpy_fp64_y_times_10']!, 1e-9);
    close(await published((y) => y + 3), logme['numpy_fp64_y_plus_3']!, 1e-9);
    const mean = targets.reduce((sum, y) => sum + y, 0) / targets.length;
    const deviation = Math.sqrt(targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / targets.length);
    // The vectors are not standardised here; only the target is.
    close(await published((y) => (y - mean) / deviation), logme['numpy_fp64_y_standardised']!, 1e-9);
  },
);

test('LogME of a real target: standardised, neither unit nor offset of the target counts, nor where the vectors are', async () => {
  for (const each of REGRESSION.cases.slice(0, 3)) {
    const { vectors, targets } = targetedOf(each);
    const plain = await logmeRegression({ vectors, targets }, runtime);
    close(await logmeRegression({ vectors, targets: targets.map((target) => 10 * target - 300) }, runtime), plain, 1e-9);
    close(
      await logmeRegression(
        {
          vectors: matrix(
            each.rows,
            each.cols,
            vectors.data.map((x) => x + 8),
          ),
          targets,
        },
        runtime,
      ),
      plain,
      1e-5,
    );
  }
});

test('LogME of a real target: a constant one has none standardised, and a number as published', async () => {
  const { vectors } = targetedOf(REGRESSION.cases[0]!);
  const targets = new Float64Array(vectors.rows).fill(0.1);
  assert.equal(await logmeRegression({ vectors, targets }, runtime), NaN);
  assert.ok(Number.isFinite(await publishedLogmeRegression({ vectors, targets }, runtime)));
});

test('LogME of a real target: vectors that say it are better than those that do not', async () => {
  const rows = 60;
  const targets = Float64Array.from({ length: rows }, (_, i) => Math.sin(i * 12.9898));
  const noise = Float32Array.from({ length: rows * 4 }, (_, at) => Math.cos(at * 78.233));
  const telling = noise.map((x, at) => (at % 4 === 0 ? targets[at / 4]! + x / 10 : x));
  const of = (data: Float32Array) => logmeRegression({ vectors: matrix(rows, 4, data), targets }, runtime);
  const [without, better] = [await of(noise), await of(telling)];
  assert.ok(better > without + 0.5, `${better} ${without}`);
});

test('LogME of a real target: what it refuses', async () => {
  const infinite = matrix(3, 2, Float32Array.of(1, 2, 3, Infinity, 5, 6));
  for (const of of [logmeRegression, publishedLogmeRegression]) {
    await assert.rejects(of({ vectors: matrix(3, 2), targets: new Float64Array(2) }, runtime), {
      code: 'SHAPE',
      message: '2 targets for 3 vectors.',
    });
    await assert.rejects(of({ vectors: matrix(2, 2), targets: Float64Array.of(Infinity, 1) }, runtime), {
      code: 'DATA',
      message: 'The target of text 0 is Infinity, not a number.',
    });
    await assert.rejects(of({ vectors: infinite, targets: Float64Array.of(1, 2, 3) }, runtime), {
      code: 'DATA',
      message: 'The vector of text 1 holds Infinity, not a number.',
    });
  }
});
