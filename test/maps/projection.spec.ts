import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Layout } from '../../src/maps/layout.ts';
import { neighbourProbabilities } from '../../src/maps/neighbour-probabilities.ts';
import { principalComponents } from '../../src/maps/principal-components.ts';
import { projectInThread } from '../../src/maps/projection-thread.ts';
import { METHODS, project } from '../../src/maps/projection.ts';
import { procrustes } from '../../src/maps/procrustes.ts';
import { matrix, row } from '../../src/numeric/matrix.ts';
import { clusters, trustworthiness } from './clusters.ts';

/** 320 points in overlapping clouds. Results of scikit-learn 1.7 and umap-learn 0.5 are below. */
const overlapping = clusters({ count: 8, size: 40, width: 32, seed: 1, spread: 0.6 });
/** t-SNE: TSNE(init='pca', method='exact', random_state=0); UMAP: the worst of UMAP(random_state=0..2). trustworthiness, 12 neighbours. */
const REFERENCE = { tsne: 0.8605, umap: 0.8532 };
const TOLERANCE = 0.01;
/** PCA().explained_variance_ */
const VARIANCES = [3.88519575, 2.91994338];
/** scikit-learn 1.9: _joint_probabilities of twelve points at perplexity 3, by place among the pairs. */
const PROBABILITIES: ReadonlyMap<number, number> = new Map([
  [0, 0.00009039814],
  [1, 0.04450731557],
  [5, 0.04225757765],
  [7, 0.01520057559],
  [40, 0.00443980999],
  [65, 0.04857697067],
]);

test('principal components: the variances that scikit-learn finds, within a thousandth', () => {
  const components = principalComponents({ vectors: overlapping, count: 32 });
  for (const [axis, expected] of VARIANCES.entries()) {
    const variance = components.reduce((sum, each) => sum + each[axis]! ** 2, 0) / (components.length - 1);
    assert.ok(Math.abs(variance / expected - 1) < 1e-3, `axis ${axis}: ${variance}, expected ${expected}`);
  }
});

test('principal components: of fewer texts than numbers keep all distances', () => {
  const wide = clusters({ count: 3, size: 5, width: 40, seed: 5 });
  const components = principalComponents({ vectors: wide, count: 14 });
  // All the variance of 15 texts is on 14 axes: distances are kept.
  for (const [i, j] of [
    [0, 1],
    [3, 11],
    [7, 14],
  ] as const) {
    const [a, b] = [row(wide, i), row(wide, j)];
    const there = Math.hypot(...components[i]!.map((value, axis) => value - components[j]![axis]!));
    const here = Math.hypot(...Array.from(a, (value, axis) => value - b[axis]!));
    assert.ok(Math.abs(there / here - 1) < 1e-9, `${there}, ${here}`);
  }
});

for (const method of METHODS) {
  test(`${method}: keeps neighbours as well as the reference, and a seed decides every byte, in a thread or not`, async () => {
    const params = { vectors: overlapping, method, seed: 1 };
    const steps: number[] = [];
    const [here, there] = [project(params), await projectInThread(params, (done) => steps.push(done))];
    assert.deepEqual(Buffer.from(here.buffer), Buffer.from(there.buffer));
    assert.ok(steps.length > 50 && steps.every((step, i) => i === 0 || step > steps[i - 1]!));
    const trust = trustworthiness(overlapping, here);
    assert.ok(trust > REFERENCE[method] - TOLERANCE, `trustworthiness ${trust}, the reference has ${REFERENCE[method]}`);
  });

  test(`${method}: begins with the layout that it is given`, () => {
    const vectors = clusters({ count: 3, size: 20, width: 8, seed: 2, spread: 3 });
    const first = project({ vectors, method, seed: 1 });
    const mirrored = first.map((value, i) => (i % 2 === 0 ? -value : value));
    const second = project({ vectors, method, seed: 1, start: mirrored });
    assert.ok(correlation(second, mirrored) > 0.9, `${correlation(second, mirrored)} with its start`);
    // No rotation makes a layout its mirror image: without the start this layout would not occur.
    const turnedFirst = procrustes(first, mirrored);
    assert.ok(correlation(turnedFirst, mirrored) < 0.8, `${correlation(turnedFirst, mirrored)} without`);
  });

  test(`${method}: clouds that are apart stay apart`, () => {
    const [count, size] = [4, 15];
    const vectors = clusters({ count, size, width: 16, seed: 3, spread: 6 });
    const layout = project({ vectors, method, seed: 1 });
    const distance = (i: number, j: number) => Math.hypot(layout[2 * i]! - layout[2 * j]!, layout[2 * i + 1]! - layout[2 * j + 1]!);
    for (let i = 0; i < vectors.rows; i++) {
      const near = [...Array(vectors.rows).keys()]
        .filter((j) => j !== i)
        .toSorted((a, b) => distance(i, a) - distance(i, b))
        .slice(0, 5);
      assert.ok(
        near.every((j) => j % count === i % count),
        `point ${i} is beside ${near}`,
      );
    }
  });

  test(`${method}: texts that are the same, or but for their rounding, or far apart, whatever their size: every place is a number`, () => {
    const [rows, cols] = [40, 32];
    const far = matrix(
      rows,
      cols,
      Float32Array.from({ length: rows * cols }, (_, at) => 3e38 * Math.sin(Math.floor(at / cols) * (at % cols))),
    );
    const same = (factor: number, other = 1) =>
      matrix(
        rows,
        cols,
        Float32Array.from({ length: rows * cols }, (_, at) => Math.sin((at % cols) + 1) * factor * (at === 7 ? other : 1)),
      );
    for (const vectors of [same(0.37), same(1e30), same(1e-30), same(0.37, 1 + 2 ** -23), far]) {
      const layout = project({ vectors, method, seed: 1 });
      assert.ok(layout.every(Number.isFinite));
      assert.ok(project({ vectors, method, seed: 1, start: layout }).every(Number.isFinite));
    }
  });

  test(`${method}: few texts, equal texts, one number a text: every place is a number`, () => {
    for (const vectors of [
      clusters({ count: 1, size: 5, width: 4, seed: 1 }),
      matrix(30, 6),
      matrix(
        40,
        3,
        new Float32Array(120).map((_, i) => (i < 60 ? 1 : 2)),
      ),
      clusters({ count: 2, size: 10, width: 1, seed: 1 }),
    ]) {
      const layout = project({ vectors, method, seed: 1 });
      assert.equal(layout.length, 2 * vectors.rows);
      assert.ok(layout.every(Number.isFinite));
    }
  });
}

test('neighbour probabilities: scikit-learn has the same, within a millionth', () => {
  const vectors = clusters({ count: 2, size: 6, width: 3, seed: 4 });
  const pairs = neighbourProbabilities(
    Array.from({ length: 12 }, (_, i) => Float64Array.from(row(vectors, i))),
    3,
  );
  assert.equal(pairs.length, 66);
  assert.ok(Math.abs(pairs.reduce((sum, p) => sum + p, 0) - 0.5) < 1e-12);
  for (const [at, expected] of PROBABILITIES) assert.ok(Math.abs(pairs[at]! - expected) < 1e-6, `pair ${at}: ${pairs[at]}`);
});

test('procrustes: a layout that was turned is turned back', () => {
  const layout = project({ vectors: clusters({ count: 2, size: 10, width: 5, seed: 1 }), method: 'tsne', seed: 1 });
  const quarter = layout.map((_, i) => (i % 2 === 0 ? -layout[i + 1]! : layout[i - 1]!));
  assert.ok(procrustes(quarter, layout).every((value, i) => Math.abs(value - centred(layout)[i]!) < 1e-9));
});

test('a map says in one line what it cannot draw', async () => {
  const vectors = clusters({ count: 2, size: 5, width: 4, seed: 1 });
  const broken = matrix(
    10,
    4,
    vectors.data.map((value, i) => (i === 7 ? Number.NaN : value)),
  );
  await assert.rejects(projectInThread({ vectors: broken, method: 'tsne', seed: 1 }), {
    code: 'DATA',
    message: 'Some vectors contain NaN or infinities. Training diverged: use a smaller `lr`.',
  });
  assert.throws(() => project({ vectors: matrix(4, 3), method: 'umap', seed: 1 }), {
    message: 'A map needs at least 5 texts, got 4.',
  });
  assert.throws(() => project({ vectors: matrix(10_001, 1), method: 'tsne', seed: 1 }), {
    message: 't-SNE takes at most 10000 texts, got 10001. Give a smaller `sample`, or `method` umap.',
  });
  assert.throws(() => project({ vectors, method: 'tsne', seed: 1, start: new Float64Array(4) }), { code: 'SHAPE' });
});

/** Of the coordinates in two layouts, about their centres. */
function correlation(a: Layout, b: Layout): number {
  const [x, y] = [centred(a), centred(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function centred(layout: Layout): Float64Array {
  const mean = [0, 1].map((axis) => layout.filter((_, i) => i % 2 === axis).reduce((sum, value) => sum + (2 * value) / layout.length, 0));
  return layout.map((value, i) => value - mean[i % 2]!);
}
