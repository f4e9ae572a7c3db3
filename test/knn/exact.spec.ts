import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact } from '../../src/knn/exact.ts';
import { METRICS } from '../../src/knn/types.ts';
import { matrix, row, type Matrix } from '../../src/numeric/matrix.ts';
import { assertable, brute, integers, repeated, uniform } from './brute.ts';

const shifted = (m: Matrix, by: number) =>
  matrix(
    m.rows,
    m.cols,
    m.data.map((value) => value + by),
  );

const rowsFrom = (rows: number, isIn: (row: number) => boolean) => Int32Array.from({ length: rows }, (_, i) => i).filter(isIn);

/** Corpora that float32 products get wrong, each in its own way. */
const corpora: Readonly<Record<string, () => Matrix>> = {
  'random rows': () => uniform(300, 24, 1),
  'whole numbers with many equal distances': () => integers(300, 6, { seed: 2, most: 2 }),
  'hundreds of equal rows': () => repeated(uniform(400, 16, 3), 3),
  'equal rows among others': () => repeated(integers(300, 8, { seed: 4, most: 1 }), 120),
  'rows far from the origin': () => shifted(uniform(300, 16, 5), 1000),
  'rows that differ in their last digits': () =>
    matrix(
      300,
      16,
      Float32Array.from(uniform(300, 16, 6).data, (value) => 1 + value * 1e-6),
    ),
  'one column': () => integers(200, 1, { seed: 7, most: 50 }),
  'a wide matrix': () => uniform(60, 5000, 8),
  'huge and tiny numbers': () =>
    matrix(
      200,
      4,
      uniform(200, 4, 9).data.map((value, i) => value * 10 ** ((i % 7) * 10 - 30)),
    ),
  'numbers whose squares overflow': () =>
    matrix(
      100,
      4,
      uniform(100, 4, 10).data.map((value) => value * 3e38),
    ),
  'numbers below the normal range': () =>
    matrix(
      100,
      4,
      uniform(100, 4, 11).data.map((value) => value * 1e-42),
    ),
  'corners of a simplex, all equally far': () =>
    matrix(
      80,
      80,
      Float32Array.from({ length: 6400 }, (_, i) => Number(i % 81 === 0)),
    ),
  'some zero rows': () =>
    matrix(
      100,
      5,
      uniform(100, 5, 12).data.map((value, i) => (Math.floor(i / 5) % 9 === 4 ? 0 : value)),
    ),
  'zero rows alone': () => matrix(12, 3),
};

for (const metric of METRICS) {
  for (const [name, make] of Object.entries(corpora)) {
    test(`exact: ${metric} neighbours of ${name} are those of a plain search`, async () => {
      const corpus = make();
      for (const excludeSelf of [false, true]) {
        for (const k of [1, 7]) {
          const params = { corpus, k, metric, excludeSelf };
          assert.deepEqual(assertable(await exact(params)), assertable(brute(params)));
        }
      }
    });
  }
}

/** Exclusion groups of a few rows each, some adjacent and some far apart. */
function exclusionOf(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? i % 7 : 7 + Math.floor(i / 6)));
}

for (const metric of METRICS) {
  for (const [name, make] of Object.entries(corpora)) {
    test(`exact: ${metric} neighbours of ${name} are none of their exclusion, those of a plain search`, async () => {
      const corpus = make();
      const exclusion = exclusionOf(corpus.rows);
      for (const k of [1, 3]) {
        const params = { corpus, k, metric, exclusion };
        assert.deepEqual(assertable(await exact(params)), assertable(brute(params)));
        const some = {
          ...params,
          corpusRows: rowsFrom(corpus.rows, (i) => i % 4 !== 1),
          queryRows: rowsFrom(corpus.rows, (i) => i % 3 === 0),
        };
        assert.deepEqual(assertable(await exact(some)), assertable(brute(some)));
      }
    });
  }
}

test('exact: exclusion of every row but k can be left out, and no more', async () => {
  const corpus = integers(40, 3, { seed: 1, most: 1 });
  const exclusion = Int32Array.from({ length: 40 }, (_, i) => Number(i >= 30));
  assert.deepEqual(
    assertable(await exact({ corpus, k: 10, metric: 'cosine', exclusion })),
    assertable(brute({ corpus, k: 10, metric: 'cosine', exclusion })),
  );
  await assert.rejects(exact({ corpus, k: 11, metric: 'cosine', exclusion }), {
    code: 'OPTION',
    message: /11 neighbours cannot be found among 10 rows/,
  });
  await assert.rejects(exact({ corpus, queries: uniform(2, 3, 1), k: 1, metric: 'cosine', exclusion }), { code: 'INTERNAL' });
});

/** More rows than needed to split a search over threads, and more than one tile. */
const many: Readonly<Record<string, () => Matrix>> = {
  'random rows': () => uniform(9001, 8, 1),
  'equal rows and equal distances': () => repeated(integers(9000, 6, { seed: 2, most: 3 }), 8900),
  'rows of which some are zero': () =>
    matrix(
      9000,
      4,
      uniform(9000, 4, 3).data.map((value, i) => (Math.floor(i / 4) % 500 === 4 ? 0 : value)),
    ),
};

for (const metric of METRICS) {
  for (const [name, make] of Object.entries(many)) {
    test(`exact: ${metric} neighbours of ${name} are the same to the last bit whatever threads share the search`, async () => {
      const corpus = make();
      const exclusion = Int32Array.from({ length: corpus.rows }, (_, i) => Math.floor(i / 6) % 1000);
      const queryRows = rowsFrom(corpus.rows, (i) => i % 3000 === 7 || i === corpus.rows - 1);
      for (const options of [{}, { exclusion }]) {
        const params = { corpus, k: 4, metric, ...options };
        const one = await exact({ ...params, threads: 1 });
        assert.deepEqual(await exact({ ...params, threads: 3 }), one);
        const near = (of: Int32Array | Float64Array) => Array.from(queryRows, (i) => [...of.subarray(i * 4, i * 4 + 4)]).flat();
        const some = {
          queries: queryRows.length,
          k: 4,
          indices: Int32Array.from(near(one.indices)),
          distances: Float64Array.from(near(one.distances)),
        };
        assert.deepEqual(assertable(some), assertable(brute({ ...params, queryRows })));
      }
    });
  }
}

test('exact: some rows among themselves are shared out too, and progress is told', async () => {
  const corpus = uniform(10_000, 6, 4);
  const rows = rowsFrom(corpus.rows, (i) => i % 10 !== 3);
  const params = { corpus, k: 2, metric: 'euclidean', corpusRows: rows, queryRows: rows, excludeSelf: true } as const;
  const told: number[] = [];
  const found = await exact({ ...params, threads: 2, onProgress: (done, total) => told.push(done / total) });
  assert.deepEqual(found, await exact({ ...params, threads: 1 }));
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.equal(told.at(-1), 1);
});

test('exact: every row of the corpus can be asked for', async () => {
  const corpus = repeated(integers(90, 4, { seed: 1, most: 2 }), 70);
  assert.deepEqual(
    assertable(await exact({ corpus, k: 90, metric: 'euclidean' })),
    assertable(brute({ corpus, k: 90, metric: 'euclidean' })),
  );
  const alone = { corpus, k: 89, metric: 'euclidean', excludeSelf: true } as const;
  assert.deepEqual(assertable(await exact(alone)), assertable(brute(alone)));
});

test('exact: more tiles than one, of queries and of rows', async () => {
  const corpus = uniform(9000, 3, 1);
  const queries = uniform(5000, 3, 2);
  const found = await exact({ corpus, queries, k: 3, metric: 'euclidean' });
  const some = Int32Array.of(0, 1023, 1024, 4095, 4096, 4999);
  const expected = brute({ corpus, queries, k: 3, metric: 'euclidean', queryRows: some });
  assert.deepEqual(
    Array.from(some, (q) => [...found.indices.subarray(q * 3, q * 3 + 3)]),
    Array.from(some, (_, i) => [...expected.indices.subarray(i * 3, i * 3 + 3)]),
  );
});

test('exact: some rows among some rows, by their numbers in the matrix', async () => {
  const corpus = repeated(integers(200, 5, { seed: 3, most: 2 }), 150);
  const all = Int32Array.from({ length: 200 }, (_, i) => i);
  const params = {
    corpus,
    k: 6,
    metric: 'cosine',
    corpusRows: all.filter((i) => i % 3 !== 0),
    queryRows: all.filter((i) => i % 5 === 0),
    excludeSelf: true,
  } as const;
  assert.deepEqual(assertable(await exact(params)), assertable(brute(params)));
});

test('exact: equal rows are at distance 0, and so are rows of another length under the cosine', async () => {
  const corpus = matrix(4, 3, Float32Array.of(0.1, 0.2, 0.7, 0.3, 0.6, 2.1, 5, 1, 0, 0.1, 0.2, 0.7));
  const cosine = await exact({ corpus, k: 3, metric: 'cosine', queryRows: Int32Array.of(3) });
  assert.deepEqual(
    [[...cosine.indices], [...cosine.distances]],
    [
      [0, 1, 3],
      [0, 0, 0],
    ],
  );
  const euclidean = await exact({ corpus, k: 2, metric: 'euclidean', queryRows: Int32Array.of(3) });
  assert.deepEqual(
    [[...euclidean.indices], [...euclidean.distances]],
    [
      [0, 3],
      [0, 0],
    ],
  );
});

test('exact: a zero vector is at cosine distance 1 from everything, itself included', async () => {
  const corpus = matrix(4, 2, Float32Array.of(0, 0, 1, 0, 0, 0, -1, 0));
  const { indices, distances } = await exact({ corpus, k: 3, metric: 'cosine', queryRows: Int32Array.of(0, 1) });
  assert.deepEqual(
    [[...indices], [...distances]],
    [
      [0, 1, 2, 1, 0, 2],
      [1, 1, 1, 0, 1, 1],
    ],
  );
});

test('exact: progress ends with all queries', async () => {
  const seen: number[] = [];
  await exact({ corpus: uniform(50, 4, 1), k: 2, metric: 'euclidean', onProgress: (done, total) => seen.push(done, total) });
  assert.deepEqual(seen.slice(-2), [50, 50]);
});

test('exact: the vectors stay where they are unless taken over', async () => {
  const kept = uniform(20, 4, 1);
  await exact({ corpus: kept, k: 2, metric: 'euclidean' });
  assert.equal(kept.data.length, 80);
  const given = uniform(20, 4, 1);
  await exact({ corpus: given, k: 2, metric: 'euclidean', takeOver: true });
  assert.equal(given.data.length, 0);
  const part = matrix(5, 4, new Float32Array(kept.data).subarray(0, 20));
  assert.deepEqual(
    assertable(await exact({ corpus: part, k: 2, metric: 'euclidean', takeOver: true })),
    assertable(brute({ corpus: matrix(5, 4, kept.data.slice(0, 20)), k: 2, metric: 'euclidean' })),
  );
});

test('exact: several searches at once do not mix', async () => {
  const several = [1, 2, 3].map((seed) => uniform(100, 8, seed));
  const found = await Promise.all(several.map((corpus) => exact({ corpus, k: 4, metric: 'euclidean', threads: 1 })));
  for (const [i, corpus] of several.entries())
    assert.deepEqual(assertable(found[i]!), assertable(brute({ corpus, k: 4, metric: 'euclidean' })));
});

test('exact: refuses what is not a distance from anything', async () => {
  for (const [value, name] of [
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ] as const) {
    const corpus = uniform(10, 4, 1);
    row(corpus, 6)[2] = value;
    await assert.rejects(exact({ corpus, k: 1, metric: 'cosine' }), {
      name: 'HarnessError',
      code: 'DATA',
      message: `The vector of row 6 holds ${name} (column 2), which has no distance. Check the encoder, or try another weight precision.`,
    });
  }
});

test('exact: refuses a k outside the corpus', async () => {
  const corpus = uniform(10, 4, 1);
  await assert.rejects(exact({ corpus, k: 11, metric: 'cosine' }), {
    code: 'OPTION',
    message: '`k`: 11 neighbours cannot be found among 10 rows. Use 1 to 10.',
  });
  await assert.rejects(exact({ corpus, k: 10, metric: 'cosine', excludeSelf: true }), {
    code: 'OPTION',
    message: '`k`: 10 neighbours cannot be found among 9 rows. Use 1 to 9.',
  });
  await assert.rejects(exact({ corpus, k: 1.5, metric: 'cosine' }), {
    code: 'OPTION',
    message: '`k`: 1.5 neighbours cannot be found among 10 rows. Use 1 to 10.',
  });
});

test('exact: refuses queries of another width', async () => {
  await assert.rejects(exact({ corpus: uniform(10, 4, 1), queries: uniform(3, 5, 1), k: 1, metric: 'cosine' }), {
    code: 'SHAPE',
    message: 'The queries have 5 columns, the corpus has 4.',
  });
});
