import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CentredRows } from '../../src/knn/centred-rows.ts';
import { exactSearch } from '../../src/knn/exact-search.ts';
import { Products, type Tile } from '../../src/knn/products.ts';
import { ScoreBound } from '../../src/knn/score-bound.ts';
import { holdVectors, SearchSpace } from '../../src/knn/search-space.ts';
import type { Metric } from '../../src/knn/types.ts';
import { euclidean } from '../../src/numeric/distance.ts';
import { matrix, type Matrix } from '../../src/numeric/matrix.ts';
import { assertable, brute, uniform } from './brute.ts';

const rowsOf = ({ rows }: Matrix) => Int32Array.from({ length: rows }, (_, i) => i);

function spaceOf(corpus: Matrix, k: number, metric: Metric): SearchSpace {
  const vectors = holdVectors({ metric, corpus, queries: undefined });
  return new SearchSpace({ vectors, corpusRows: rowsOf(corpus), queryRows: rowsOf(corpus), k, excludeSelf: false });
}

/** Products that count how often the second pass had to look. */
async function counting(): Promise<{ products: Products; rescans: () => number }> {
  const products = await Products.open(1);
  let rescans = 0;
  const scores = products.scores.bind(products);
  products.scores = (queries: Float32Array, tile: Tile) => {
    rescans++;
    return scores(queries, tile);
  };
  return { products, rescans: () => rescans };
}

test('exact search: more equal distances than candidates are found by the second pass', async () => {
  // The corners of a cube: 9 are next to each, 36 across a face, so that the 12th neighbour is one of 36 equally far.
  const corpus = matrix(512, 9, Float32Array.from({ length: 512 * 9 }, (_, i) => (Math.floor(i / 9) >> (i % 9)) & 1));
  const { products, rescans } = await counting();
  const space = spaceOf(corpus, 12, 'euclidean');
  const found = space.expand(await exactSearch({ space, products }));
  assert.deepEqual(assertable(found), assertable(brute({ corpus, k: 12, metric: 'euclidean' })));
  assert.ok(rescans() > 0);
  await products.close();
});

test('exact search: random rows need no second pass', async () => {
  const { products, rescans } = await counting();
  const space = spaceOf(uniform(500, 64, 1), 5, 'euclidean');
  await exactSearch({ space, products });
  assert.equal(rescans(), 0);
  await products.close();
});

test('exact search: candidates that are all wrong are put right by the second pass', async () => {
  const corpus = uniform(200, 8, 1);
  const products = await Products.open(1);
  // As bad as products can be within no bound at all: the second pass must not rely on the first.
  products.lowest = (queries, { rows, cols }, count) => {
    const m = queries.length / cols;
    const values = new Float32Array(m * count).fill(-1e9);
    return Promise.resolve({ values, indices: Int32Array.from(values, (_, i) => rows - 1 - (i % count)) });
  };
  const space = spaceOf(corpus, 5, 'cosine');
  assert.deepEqual(assertable(space.expand(await exactSearch({ space, products }))), assertable(brute({ corpus, k: 5, metric: 'cosine' })));
  await products.close();
});

test('score bound: no score of a row within the distance is above the limit', async () => {
  const products = await Products.open(1);
  for (const corpus of [uniform(200, 40, 1), matrix(200, 40, uniform(200, 40, 2).data.map((v) => v + 300)), matrix(200, 40, uniform(200, 40, 3).data.map((v, i) => v * 10 ** (i % 5)))]) {
    const space = spaceOf(corpus, 1, 'euclidean');
    const rows = new CentredRows(space);
    const bound = new ScoreBound({ metric: 'euclidean', cols: corpus.cols, rows });
    const tile = { rows: 200, cols: 40, data: new Float32Array(8000), squares: new Float32Array(200) };
    bound.longest = rows.write({ matrix: corpus, rows: rowsOf(corpus), lengths: space.vectors.corpusSquares, data: tile.data, squares: tile.squares });
    const scores = await products.scores(tile.data, tile);
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 200; j++) {
        const limit = bound.limit(tile.squares[i]!, euclidean(corpus, i, corpus, j));
        assert.ok(scores[i * 200 + j]! <= limit, `rows ${i} and ${j}: score ${scores[i * 200 + j]}, limit ${limit}`);
      }
    }
  }
  await products.close();
});
