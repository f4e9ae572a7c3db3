import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact } from '../../src/knn/exact.ts';
import { hnsw } from '../../src/knn/hnsw.ts';
import { hasHnswLibrary } from '../../src/knn/hnswlib.ts';
import { partsOf } from '../../src/knn/index-parts.ts';
import { recall } from '../../src/knn/recall.ts';
import { HNSW_DEFAULTS, METRICS } from '../../src/knn/types.ts';
import { asTheyAre, loadUsearch, usearchMissing } from '../../src/knn/usearch.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { assertable, brute, integers, repeated, uniform } from './brute.ts';

const missing = usearchMissing();
const SKIPS = {
  hnsw: missing === undefined ? false : `needs usearch: ${missing}`,
  hnswlib: hasHnswLibrary() ? false : 'needs hnswlib-node, which is optional and not installed',
};

for (const index of ['hnsw', 'hnswlib'] as const) {
  const skip = SKIPS[index];

  for (const metric of METRICS) {
    test(`${index}: a search as wide as the corpus is exact, ${metric}`, { skip }, async () => {
      const corpus = repeated(uniform(300, 8, 1), 200);
      const options = { ...HNSW_DEFAULTS, ef: 300 };
      for (const excludeSelf of [false, true]) {
        // usearch ranks by quantised codes: when all rows of the corpus are requested none can be missed.
        const params = { corpus, k: index === 'hnsw' ? 295 : 5, metric, excludeSelf };
        assert.deepEqual(assertable(await hnsw(params, options, index)), assertable(brute(params)));
      }
    });
  }

  test(`${index}: zero rows and equal rows are where an exact search has them`, { skip }, async () => {
    const corpus = repeated(
      matrix(
        60,
        3,
        integers(60, 3, { seed: 1, most: 1 }).data.map((value, i) => (i < 6 ? 0 : value)),
      ),
      40,
    );
    const params = { corpus, k: 45, metric: 'cosine' } as const;
    assert.deepEqual(assertable(await hnsw(params, { ...HNSW_DEFAULTS, ef: 100 }, index)), assertable(brute(params)));
  });

  test(`${index}: a wider search has a higher recall`, { skip }, async () => {
    const corpus = uniform(1500, 32, 3);
    const params = { corpus, k: 5, metric: 'euclidean', excludeSelf: true } as const;
    const truth = await exact(params);
    const share = async (ef: number) => {
      const approximate = await hnsw(params, { ...HNSW_DEFAULTS, m: 4, efConstruction: 20, ef }, index);
      return recall({ approximate, exact: truth, k: 5 });
    };
    const [narrow, wide] = [await share(5), await share(500)];
    assert.ok(narrow < 0.9 && wide > 0.97, `recall ${narrow} at ef 5, ${wide} at ef 500`);
  });
}

test('hnsw: the same neighbours with any number of threads, in one part and in several', { skip: SKIPS.hnsw }, async () => {
  for (const rows of [3000, 20_000]) {
    const corpus = uniform(rows, 8, 2);
    const options = { ...HNSW_DEFAULTS, m: 4, efConstruction: 10, ef: 8 };
    const found = [];
    for (const threads of [1, 2, 3]) found.push(await hnsw({ corpus, k: 5, metric: 'cosine', threads }, options));
    assert.deepEqual(found[1], found[0]);
    assert.deepEqual(found[2], found[0]);
    const queryRows = Int32Array.from({ length: 50 }, (_, i) => i * 17);
    const truth = await exact({ corpus, k: 5, metric: 'cosine', queryRows });
    const share = recall({ approximate: found[0]!, exact: truth, k: 5, places: queryRows });
    assert.ok(share > 0.8 && share < 1, `${rows} rows: recall ${share}`);
  }
});

test('hnsw: parts are decided by the rows alone', () => assert.deepEqual([1, 15_999, 16_000, 1e6].map(partsOf), [1, 1, 2, 2]));

test('hnsw: some rows among some rows, and other queries', { skip: SKIPS.hnsw }, async () => {
  const corpus = uniform(400, 6, 5);
  const corpusRows = Int32Array.from({ length: 150 }, (_, i) => 2 * i);
  const queryRows = Int32Array.of(0, 7, 301, 399);
  const params = { corpus, k: 140, metric: 'euclidean', corpusRows, queryRows } as const;
  assert.deepEqual(assertable(await hnsw(params, { ...HNSW_DEFAULTS, ef: 200 })), assertable(brute(params)));
  for (const rows of [1, 9]) {
    const other = { corpus, k: 390, metric: 'cosine', queries: uniform(rows, 6, 6) } as const;
    assert.deepEqual(assertable(await hnsw(other, { ...HNSW_DEFAULTS, ef: 500 })), assertable(brute(other)));
  }
});

test('hnsw: where all rows of the corpus are zero there is nothing to index', { skip: SKIPS.hnsw }, async () => {
  const corpus = matrix(9, 3, new Float32Array(27));
  for (const queries of [undefined, uniform(4, 3, 1)]) {
    const params = { corpus, k: 3, metric: 'cosine', queries } as const;
    assert.deepEqual(assertable(await hnsw(params)), assertable(brute(params)));
  }
});

test('hnsw: columns of other sizes than the rest, and one far beyond all others, leave recall as it is', { skip: SKIPS.hnsw }, async () => {
  const plain = uniform(2000, 24, 7);
  const scaled = matrix(
    2000,
    24,
    plain.data.map((value, i) => 100 + value * (i % 24 === 3 ? 20 : 1)),
  );
  const outlier = matrix(
    2000,
    24,
    plain.data.map((value, i) => (i === 100 ? 1000 : value)),
  );
  for (const corpus of [plain, scaled, outlier]) {
    const params = { corpus, k: 5, metric: 'euclidean', excludeSelf: true } as const;
    const share = recall({ approximate: await hnsw(params), exact: await exact(params), k: 5 });
    assert.ok(share > 0.99, `recall ${share}`);
  }
});

test('hnswlib: the same seed gives the same neighbours', { skip: SKIPS.hnswlib }, async () => {
  const corpus = uniform(1500, 32, 2);
  const options = { ...HNSW_DEFAULTS, m: 4, efConstruction: 10, ef: 5 };
  const params = { corpus, k: 5, metric: 'euclidean', excludeSelf: true } as const;
  const [a, b, other] = await Promise.all([options, options, { ...options, seed: 2 }].map((each) => hnsw(params, each, 'hnswlib')));
  assert.deepEqual(a, b);
  assert.notDeepEqual(a!.indices, other!.indices);
});

test(
  'hnswlib: says how to get the library where it is missing',
  { skip: hasHnswLibrary() ? 'needs hnswlib-node to be missing' : false },
  async () => {
    await assert.rejects(hnsw({ corpus: uniform(10, 4, 1), k: 1, metric: 'euclidean' }, HNSW_DEFAULTS, 'hnswlib'), {
      name: 'HarnessError',
      code: 'OPTION',
      message:
        '`index` hnswlib: hnswlib-node is not installed. Run `npm install --no-save hnswlib-node@3`, which needs a C++ compiler and Python, or use `index` hnsw.',
    });
  },
);

test('recall: neighbours as near as the exact k-th are hits, whichever rows they are', () => {
  const truth = { queries: 2, k: 2, indices: Int32Array.of(1, 2, 3, 4), distances: Float64Array.of(1, 2, 0, 5) };
  const found = { queries: 3, k: 2, indices: Int32Array.of(9, 9, 7, 1, 3, 8), distances: Float64Array.of(9, 9, 2, 2, 0, 6) };
  assert.equal(recall({ approximate: found, exact: truth, k: 2, places: Int32Array.of(1, 2) }), 0.75);
  assert.equal(recall({ approximate: found, exact: truth, k: 1, places: Int32Array.of(1, 2) }), 0.5);
});

test('hnsw: usearch takes codes as they are, and measures them as whole numbers', { skip: SKIPS.hnsw }, () => {
  const { Index } = loadUsearch();
  const index = new Index({
    dimensions: 3,
    metric: 'l2sq',
    quantization: 'i8',
    connectivity: 16,
    expansion_add: 100,
    expansion_search: 100,
    multi: false,
  });
  index.add(BigUint64Array.of(0n, 1n, 2n), asTheyAre(Int8Array.of(1, 0, 0, 100, 0, 0, -127, 3, 0)), 1);
  const { keys, distances } = index.search(asTheyAre(Int8Array.of(127, 0, 0)), 3, 1);
  assert.deepEqual([...keys], [1n, 0n, 2n]);
  assert.deepEqual([...distances], [27 ** 2, 126 ** 2, 254 ** 2 + 9]);
});
