import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact } from '../../src/knn/exact.ts';
import { hnsw } from '../../src/knn/hnsw.ts';
import { hasHnswLibrary } from '../../src/knn/hnswlib.ts';
import { recall } from '../../src/knn/recall.ts';
import { HNSW_DEFAULTS, METRICS } from '../../src/knn/types.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { assertable, brute, integers, repeated, uniform } from './brute.ts';

const skip = hasHnswLibrary() ? false : 'needs hnswlib-node, which is optional and not installed';

for (const metric of METRICS) {
  test(`hnsw: a search as wide as the corpus is exact, ${metric}`, { skip }, async () => {
    const corpus = repeated(uniform(300, 8, 1), 200);
    const options = { ...HNSW_DEFAULTS, ef: 300 };
    for (const excludeSelf of [false, true]) {
      const params = { corpus, k: 5, metric, excludeSelf };
      assert.deepEqual(assertable(await hnsw(params, options)), assertable(brute(params)));
    }
  });
}

test('hnsw: zero rows and equal rows are where an exact search has them', { skip }, async () => {
  const corpus = repeated(matrix(60, 3, integers(60, 3, { seed: 1, most: 1 }).data.map((value, i) => (i < 6 ? 0 : value))), 40);
  const params = { corpus, k: 45, metric: 'cosine' } as const;
  assert.deepEqual(assertable(await hnsw(params, { ...HNSW_DEFAULTS, ef: 100 })), assertable(brute(params)));
});

test('hnsw: the same seed gives the same neighbours', { skip }, async () => {
  const corpus = uniform(1500, 32, 2);
  const options = { ...HNSW_DEFAULTS, m: 4, efConstruction: 10, ef: 5 };
  const [a, b, other] = await Promise.all([options, options, { ...options, seed: 2 }].map((each) => hnsw({ corpus, k: 5, metric: 'euclidean', excludeSelf: true }, each)));
  assert.deepEqual(a, b);
  assert.notDeepEqual(a!.indices, other!.indices);
});

test('hnsw: a wider search has a higher recall', { skip }, async () => {
  const corpus = uniform(1500, 32, 3);
  const truth = await exact({ corpus, k: 5, metric: 'euclidean', excludeSelf: true });
  const share = async (ef: number) => recall({ approximate: await hnsw({ corpus, k: 5, metric: 'euclidean', excludeSelf: true }, { ...HNSW_DEFAULTS, m: 4, efConstruction: 20, ef }), exact: truth, k: 5 });
  const [narrow, wide] = [await share(5), await share(500)];
  assert.ok(narrow < 0.9 && wide > 0.97, `recall ${narrow} at ef 5, ${wide} at ef 500`);
});

test('hnsw: says how to get the library where it is missing', { skip: hasHnswLibrary() ? 'needs hnswlib-node to be missing' : false }, async () => {
  await assert.rejects(hnsw({ corpus: uniform(10, 4, 1), k: 1, metric: 'euclidean' }), {
    name: 'HarnessError',
    code: 'OPTION',
    message:
      '`index` hnsw: hnswlib-node is not installed. Run `npm install --no-save hnswlib-node@3`, which needs a C++ compiler and Python, or take `index` exact.',
  });
});

test('recall: neighbours as near as the exact k-th are hits, whichever rows they are', () => {
  const truth = { queries: 2, k: 2, indices: Int32Array.of(1, 2, 3, 4), distances: Float64Array.of(1, 2, 0, 5) };
  const found = { queries: 3, k: 2, indices: Int32Array.of(9, 9, 7, 1, 3, 8), distances: Float64Array.of(9, 9, 2, 2, 0, 6) };
  assert.equal(recall({ approximate: found, exact: truth, k: 2, places: Int32Array.of(1, 2) }), 0.75);
  assert.equal(recall({ approximate: found, exact: truth, k: 1, places: Int32Array.of(1, 2) }), 0.5);
});
