import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CentredRows } from '../../src/knn/centred-rows.ts';
import { exactSearch } from '../../src/knn/exact-search.ts';
import { Products } from '../../src/knn/products.ts';
import { ScoreBound } from '../../src/knn/score-bound.ts';
import { searchGraphs } from '../../src/knn/search-graph.ts';
import { GROUP, padded, QUERY_GROUP } from '../../src/knn/search-names.ts';
import { holdVectors, SearchSpace } from '../../src/knn/search-space.ts';
import type { Metric } from '../../src/knn/types.ts';
import { euclidean } from '../../src/numeric/distance.ts';
import { matrix, type Matrix } from '../../src/numeric/matrix.ts';
import { rowSource } from '../../src/numeric/rows.ts';
import { assertable, brute, uniform } from './brute.ts';

const rowsOf = ({ rows }: Matrix) => Int32Array.from({ length: rows }, (_, i) => i);

function spaceOf(corpus: Matrix, k: number, metric: Metric): SearchSpace {
  const vectors = holdVectors({ metric, corpus, queries: undefined });
  return new SearchSpace({ vectors, corpusRows: rowsOf(corpus), queryRows: rowsOf(corpus), k, excludeSelf: false });
}

/** Products that count their calls. */
async function counting(): Promise<{ products: Products; asked: () => number }> {
  const products = new Products({ graphs: searchGraphs(), threads: 1 });
  let asked = 0;
  const of = products.of.bind(products);
  const mutual = products.mutual.bind(products);
  products.of = (queries, tile) => {
    asked++;
    return of(queries, tile);
  };
  products.mutual = (queries, squares, tile) => {
    asked++;
    return mutual(queries, squares, tile);
  };
  return { products, asked: () => asked };
}

test('exact search: more equal distances than candidates are found by the second pass', async () => {
  // The corners of a cube: 9 are adjacent to each, 36 across a face, so that the 12th neighbour is one of 36 equally far.
  const corpus = matrix(
    512,
    9,
    Float32Array.from({ length: 512 * 9 }, (_, i) => (Math.floor(i / 9) >> (i % 9)) & 1),
  );
  const { products, asked } = await counting();
  const space = spaceOf(corpus, 12, 'euclidean');
  const found = space.expand(await exactSearch({ space, products }));
  assert.deepEqual(assertable(found), assertable(brute({ corpus, k: 12, metric: 'euclidean' })));
  assert.ok(asked() > 1);
  await products.close();
});

test('exact search: random rows need no second pass', async () => {
  const { products, asked } = await counting();
  const space = spaceOf(uniform(500, 64, 1), 5, 'euclidean');
  await exactSearch({ space, products });
  assert.equal(asked(), 1);
  await products.close();
});

test('exact search: candidates that are all wrong are put right by the second pass', async () => {
  const corpus = uniform(200, 8, 1);
  const products = new Products({ graphs: searchGraphs(), threads: 1 });
  // As wrong as products can be without any error bound: the second pass must not rely on the first.
  const mutual = products.mutual.bind(products);
  products.mutual = async (queries, squares, tile) => {
    const right = await mutual(queries, squares, tile);
    const wrong = (scores: Float32Array) => scores.map((_, i) => -1e9 - (i % tile.rows));
    return { ...right, products: wrong(right.products), rowMinima: wrong(right.rowMinima), queryMinima: wrong(right.queryMinima) };
  };
  const space = spaceOf(corpus, 5, 'cosine');
  assert.deepEqual(assertable(space.expand(await exactSearch({ space, products }))), assertable(brute({ corpus, k: 5, metric: 'cosine' })));
  await products.close();
});

test('score bound: no score of a row within the distance is above the limit', async () => {
  const products = new Products({ graphs: searchGraphs(), threads: 1 });
  for (const corpus of [
    uniform(200, 40, 1),
    matrix(
      200,
      40,
      uniform(200, 40, 2).data.map((v) => v + 300),
    ),
    matrix(
      200,
      40,
      uniform(200, 40, 3).data.map((v, i) => v * 10 ** (i % 5)),
    ),
  ]) {
    const space = spaceOf(corpus, 1, 'euclidean');
    const rows = new CentredRows(space);
    const bound = new ScoreBound({ metric: 'euclidean', cols: corpus.cols, rows });
    const data = new Float32Array(padded(200) * 40);
    const lengths = new Float64Array(200);
    bound.longest = rows.write({
      source: rowSource(corpus),
      rows: rowsOf(corpus),
      lengths: space.vectors.corpusSquares,
      data,
      squares: lengths,
    });
    const squares = new Float32Array(padded(200)).fill(Infinity);
    squares.set(lengths);
    const scored = await products.of(data.subarray(0, 8000), { rows: 200, cols: 40, data, squares });
    const stride = padded(200);
    const scores = scored.products.map((product, i) => Math.fround(product + squares[i % stride]!));
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 200; j++) {
        const limit = bound.limit(lengths[i]!, euclidean(corpus.data, i * corpus.cols, corpus.data, j * corpus.cols, corpus.cols));
        assert.ok(scores[i * stride + j]! <= limit, `rows ${i} and ${j}: score ${scores[i * stride + j]}, limit ${limit}`);
      }
    }
  }
  await products.close();
});

test('exact search: a corpus searched for itself finds what other queries of the same rows find', async () => {
  const products = new Products({ graphs: searchGraphs(), threads: 1 });
  // Three blocks, the last not full, with equal rows among them.
  const corpus = uniform(4500, 6, 1);
  corpus.data.copyWithin(4400 * 6, 0, 100 * 6);
  const itself = spaceOf(corpus, 4, 'euclidean');
  const vectors = holdVectors({ metric: 'euclidean', corpus, queries: { ...corpus, data: corpus.data.slice() } });
  const others = new SearchSpace({ vectors, corpusRows: rowsOf(corpus), queryRows: rowsOf(corpus), k: 4, excludeSelf: false });
  assert.deepEqual(
    itself.expand(await exactSearch({ space: itself, products })),
    others.expand(await exactSearch({ space: others, products })),
  );
  await products.close();
});

test('exact search: a corpus too large to be kept is centred tile by tile, to the same end', async () => {
  const { products, asked } = await counting();
  const corpus = uniform(900, 5000, 1); // 18 MB
  const space = spaceOf(corpus, 3, 'cosine');
  const found = space.expand(await exactSearch({ space, products, keptBytes: 16 << 20 }));
  // 832 rows a tile: two parts of the first block with itself, the same with the second, and the second with itself
  assert.equal(asked(), 5);
  // Some rows of each tile and block: all pairs would be billions of products.
  const queryRows = Int32Array.of(0, 1, 418, 419, 500, 830, 831, 832, 833, 898, 899);
  const near = (of: Int32Array | Float64Array) => Array.from(queryRows, (i) => [...of.subarray(i * 3, i * 3 + 3)]).flat();
  const some = {
    queries: queryRows.length,
    k: 3,
    indices: Int32Array.from(near(found.indices)),
    distances: Float64Array.from(near(found.distances)),
  };
  assert.deepEqual(assertable(some), assertable(brute({ corpus, k: 3, metric: 'cosine', queryRows })));
  await products.close();
});

const least = (values: number[]) => Math.min(...values.map(Math.fround));

test('exact search: minima of groups are those of the scores, of rows and of queries', async () => {
  const products = new Products({ graphs: searchGraphs(), threads: 1 });
  const [count, rows, cols] = [64, 70, 5];
  const stride = padded(rows);
  const queries = uniform(count, cols, 1).data;
  const data = new Float32Array(stride * cols);
  data.set(uniform(rows, cols, 2).data);
  const squares = uniform(stride, 1, 3).data.map((value, i) => (i < rows ? value : Infinity));
  const own = uniform(count, 1, 4).data.map((value, i) => (i < 60 ? value : Infinity));
  const { products: scores, rowMinima, queryMinima } = await products.mutual(queries, own, { rows, cols, data, squares });
  const [rowGroups, queryGroups] = [stride / GROUP, count / QUERY_GROUP];
  for (let i = 0; i < count; i++) {
    for (let group = 0; group < rowGroups; group++) {
      const values = Array.from({ length: GROUP }, (_, g) => group + g * rowGroups).map((j) => scores[i * stride + j]! + squares[j]!);
      assert.equal(rowMinima[i * rowGroups + group], least(values));
    }
  }
  for (let j = 0; j < rows; j++) {
    for (let group = 0; group < queryGroups; group++) {
      const values = Array.from({ length: QUERY_GROUP }, (_, g) => group + g * queryGroups).map((i) => scores[i * stride + j]! + own[i]!);
      assert.equal(queryMinima[group * stride + j], least(values));
    }
  }
  await products.close();
});
