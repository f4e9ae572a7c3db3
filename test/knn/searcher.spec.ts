import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Searcher } from '../../src/knn/searcher.ts';
import { HNSW_DEFAULTS, METRICS } from '../../src/knn/types.ts';
import { usearchMissing } from '../../src/knn/usearch.ts';
import { rowSource } from '../../src/numeric/rows.ts';
import { sharedMatrix } from '../../src/numeric/shared.ts';
import { repeated, uniform } from './brute.ts';
import { fileOf } from './row-files.ts';

for (const index of ['exact', 'hnsw'] as const) {
  const skip = index === 'hnsw' && usearchMissing() !== undefined ? 'needs usearch' : false;

  test(`searcher: vectors in a file give the neighbours that they give in memory, ${index}`, { skip }, async () => {
    const corpus = repeated(uniform(3000, 37, 1), 500);
    const queries = uniform(100, 37, 2);
    for (const metric of METRICS) {
      const held = await Searcher.open({ corpus, metric, threads: 1 });
      const read = await Searcher.open({ corpus: await fileOf(corpus), metric, threads: 1, takeOver: true });
      const corpusRows = Int32Array.from({ length: 1400 }, (_, i) => 2 * i);
      for (const options of [
        { k: 5, excludeSelf: true },
        { k: 3, corpusRows },
        { k: 4, queries, corpusRows },
      ]) {
        assert.deepEqual(await read.by(index, options, HNSW_DEFAULTS), await held.by(index, options, HNSW_DEFAULTS));
      }
      await held.close();
      await read.close();
    }
  });
}

test('searcher: vectors in memory that threads share are read there, and stay', async () => {
  const corpus = repeated(uniform(400, 5, 1), 300);
  const shared = sharedMatrix(400, 5);
  shared.data.set(corpus.data);
  for (const takeOver of [true, false]) {
    const searcher = await Searcher.open({ corpus: shared, metric: 'cosine', threads: 1, takeOver });
    const held = await Searcher.open({ corpus, metric: 'cosine', threads: 1 });
    assert.deepEqual(await searcher.exact({ k: 3, excludeSelf: true }), await held.exact({ k: 3, excludeSelf: true }));
    await held.close();
    await searcher.close();
    assert.deepEqual([...shared.data], [...corpus.data]);
  }
});

test('searcher: a search that threads share ends when it is closed', async () => {
  const searcher = await Searcher.open({ corpus: uniform(40_000, 32, 1), metric: 'euclidean', threads: 2 });
  const closed: Promise<void>[] = [];
  const search = searcher.exact({ k: 3, onProgress: () => closed.push(searcher.close()) });
  await assert.rejects(search, { code: 'INTERNAL', message: /The neighbour search failed: it was closed/ });
  assert.ok(closed.length > 0);
  await Promise.all(closed);
});

for (const [name, index, threads] of [
  ['exact', 'exact', 1],
  ['exact by several threads', 'exact', 2],
  ['hnsw', 'hnsw', 2],
] as const) {
  const skip = index === 'hnsw' && usearchMissing() !== undefined ? 'needs usearch' : false;

  test(`searcher: what the progress throws ends a search, which is not waited for, ${name}`, { skip }, async () => {
    const corpus = uniform(40_000, 32, 1);
    const searcher = await Searcher.open({ corpus: await fileOf(corpus), metric: 'euclidean', threads, takeOver: true });
    const why = new Error('It was interrupted.');
    const shares: number[] = [];
    const search = searcher.by(
      index,
      {
        k: 3,
        onProgress: (done, total) => {
          shares.push(done / total);
          throw why;
        },
      },
      HNSW_DEFAULTS,
    );
    await assert.rejects(search, why);
    await searcher.close();
    assert.ok(shares.length === 1 && shares[0]! < 0.9, String(shares));
    const next = await Searcher.open({ corpus: uniform(20, 3, 1), metric: 'euclidean', threads });
    assert.equal((await next.by(index, { k: 1 }, HNSW_DEFAULTS)).indices.length, 20);
    await next.close();
  });
}

test('searcher: a file that it took over is closed with it, another stays open', async () => {
  const corpus = uniform(20, 3, 1);
  for (const takeOver of [true, false]) {
    const file = await fileOf(corpus);
    const searcher = await Searcher.open({ corpus: file, metric: 'cosine', takeOver });
    await searcher.close();
    if (takeOver) assert.throws(() => rowSource(file).at(0), /EBADF/);
    else assert.equal(rowSource(file).at(0), 0);
  }
});

test('searcher: a number that is none is named by its row, in a file too', async () => {
  const corpus = uniform(20, 3, 1);
  corpus.data[3 * 13 + 2] = NaN;
  await assert.rejects(Searcher.open({ corpus: await fileOf(corpus), metric: 'cosine', takeOver: true }), {
    code: 'DATA',
    message: /The vector of row 13 holds NaN \(column 2\)/,
  });
});
