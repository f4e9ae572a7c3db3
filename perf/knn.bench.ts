import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { packageRoot } from '../src/home.ts';
import { crossOverRows, SEARCH_COST } from '../src/knn/choose.ts';
import { hasHnswLibrary } from '../src/knn/hnswlib.ts';
import { partsOf } from '../src/knn/index-parts.ts';
import { recall } from '../src/knn/recall.ts';
import { Searcher } from '../src/knn/searcher.ts';
import { HNSW_DEFAULTS } from '../src/knn/types.ts';
import { usearchMissing } from '../src/knn/usearch.ts';
import { matrix, type Matrix } from '../src/numeric/matrix.ts';

const COLS = 384;
const CLUSTERS = 50;
const K = 10;

/**
 * Times of exact search and HNSW; arguments: numbers of rows (default 5952 and 12000); `wide` adds 1000 queries among 50,000, `faiss` its
 * flat index on the same rows, alternating with exact search (PYTHON names an interpreter that has it).
 */
export async function bench(words: readonly string[]): Promise<void> {
  const sizes = words.map(Number).filter((rows) => rows > 0);
  const threads = availableParallelism();
  console.log(`${threads} threads, ${COLS} columns, ${CLUSTERS} clusters, k ${K}`);
  const costs = [];
  for (const rows of sizes.length === 0 ? [5952, 12_000] : sizes) costs.push(await measure(rows, threads, words.includes('faiss')));
  if (words.includes('wide')) await wide(threads);
  const built = costs.flatMap(({ hnsw }) => (hnsw === undefined ? [] : [hnsw]));
  console.log(`exact pair ${mean(costs.map(({ exactPair }) => exactPair))} ns a column (src/knn/choose.ts has ${SEARCH_COST.exactPair})`);
  if (built.length > 0) {
    console.log(
      `hnsw add ${mean(built.map(({ add }) => add))} (${SEARCH_COST.hnswAdd}), query ${mean(built.map(({ query }) => query))} (${SEARCH_COST.hnswQuery}) ns a column times log2(rows), and of the query each part`,
    );
  }
  console.log(`By the constants HNSW is as fast from about ${crossOverRows()} rows on, each of them searched.`);
}

interface HnswCost {
  readonly add: number;
  readonly query: number;
}

interface Cost {
  readonly exactPair: number;
  readonly hnsw: HnswCost | undefined;
}

async function measure(rows: number, threads: number, beside: boolean): Promise<Cost> {
  const searcher = await Searcher.open({ corpus: clusters(rows, 1), metric: 'euclidean', threads });
  try {
    await searcher.exact({ k: K, queryRows: Int32Array.of(0) }); // warm
    const exact = await timed(() => searcher.exact({ k: K, excludeSelf: true }), 3);
    console.log(`${rows} rows, leave-one-out: exact ${seconds(exact.ms)}`);
    if (beside) console.log(`${rows} rows, leave-one-out: ${faiss(rows, threads)}`);
    const measureIndex = async (index: 'hnsw' | 'hnswlib'): Promise<HnswCost> => {
      const one = await timed(() => searcher[index]({ k: K, queryRows: Int32Array.of(0) }, HNSW_DEFAULTS), 1);
      const all = await timed(() => searcher[index]({ k: K, excludeSelf: true }, HNSW_DEFAULTS), 1);
      const share = recall({ approximate: all.value, exact: exact.value, k: K });
      console.log(
        `${rows} rows, leave-one-out: ${index} build ${seconds(one.ms)}, search ${seconds(all.ms - one.ms)}, recall@${K} ${share.toFixed(4)}, ` +
          `${partsOf(rows)} parts`,
      );
      const unit = (ms: number) => (ms * 1e6) / (rows * COLS * Math.log2(rows));
      return { add: unit(one.ms), query: unit(all.ms - one.ms) / partsOf(rows) };
    };
    if (hasHnswLibrary()) await measureIndex('hnswlib');
    const missing = usearchMissing();
    if (missing !== undefined) console.log(missing);
    return { exactPair: (exact.ms * 1e6) / (rows * rows * COLS), hnsw: missing === undefined ? await measureIndex('hnsw') : undefined };
  } finally {
    await searcher.close();
  }
}

/** Time of faiss's flat index for the same search. */
function faiss(rows: number, threads: number): string {
  const script = path.join(packageRoot(), 'perf', 'peers', 'faiss_peer.py');
  const { stdout, stderr } = spawnSync(process.env['PYTHON'] ?? 'python3', [script, ...[rows, COLS, K, threads].map(String)], {
    encoding: 'utf8',
  });
  const [, version, taken] = /RESULT faiss (\S+) seconds=(\S+)/.exec(stdout) ?? [];
  return version === undefined ? `faiss did not run: ${stderr.trim().split('\n').at(-1) ?? ''}` : `faiss ${version} ${taken} s`;
}

async function wide(threads: number): Promise<void> {
  const searcher = await Searcher.open({
    corpus: clusters(50_000, 1),
    queries: clusters(1000, 2),
    metric: 'euclidean',
    threads,
    takeOver: true,
  });
  const { ms } = await timed(() => searcher.exact({ k: K }), 3);
  console.log(`1000 queries among 50,000 rows: exact ${seconds(ms)}`);
  await searcher.close();
}

/** The minimum time of several runs, and the last result. */
async function timed<T>(work: () => Promise<T>, runs: number): Promise<{ ms: number; value: T }> {
  let least = Infinity;
  let value: T | undefined;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    value = await work();
    least = Math.min(least, performance.now() - start);
  }
  return { ms: least, value: value! };
}

/** Rows about as close to each other as texts of a class. */
function clusters(rows: number, seed: number): Matrix {
  const centreOf = uniform(CLUSTERS * COLS, 7);
  const data = uniform(rows * COLS, seed);
  for (let i = 0; i < rows; i++) {
    const centre = (i % CLUSTERS) * COLS;
    for (let j = 0; j < COLS; j++) data[i * COLS + j]! += centreOf[centre + j]!;
  }
  return matrix(rows, COLS, data);
}

function uniform(size: number, seed: number): Float32Array<ArrayBuffer> {
  const random = xoroshiro128plus(seed);
  return Float32Array.from({ length: size }, () => uniformFloat32(random) - 0.5);
}

function mean(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toPrecision(3);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
