import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { GridDataset, GridEncoder } from '../../src/experiment/grid.ts';
import { computeGrid } from '../../src/experiment/score-grid.ts';
import type { Settings } from '../../src/experiment/settings.ts';
import { inShard } from '../../src/experiment/shard.ts';
import type { ClassificationDataset } from '../../src/datasets/dataset.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { POOLINGS, pooledVectors, specName, type Pooling } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { openProgress } from '../../src/report/progress.ts';
import { csvOfRows } from '../../src/results/csv.ts';
import type { Row } from '../../src/results/row.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder, type TinyOptions } from '../tiny-encoder.ts';

/** More runs cover more: EMBEDDING_BENCH_PROPERTY_RUNS=200 npm test -- determinism. */
const RUNS = Number(process.env['EMBEDDING_BENCH_PROPERTY_RUNS'] ?? 9);
const root = temporaryFolder();
let folders = 0;
const fresh = () => path.join(root, `f${folders++}`);

async function tiny(name: string, options: TinyOptions): Promise<Encoder> {
  const folder = writeTinyEncoder(fresh(), options);
  return openEncoder({ name, folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
}

const ENCODERS = await Promise.all([tiny('post', { layers: 3 }), tiny('pre', { layers: 3, seed: 7, placement: 'pre', norm: 'spelled' })]);
/** Of both: they have the same number of layers. */
const VECTORS = pooledVectors({ poolings: POOLINGS, layers: 'last', layerMeans: ['0..L'], depth: ENCODERS[0]!.depth, encoder: 'post' });

const word = fc.constantFrom(
  'what',
  'who',
  'where',
  'is',
  'the',
  'abc',
  'zebra',
  'quiz',
  '?',
  '.',
  'é',
  '👩‍👩‍👧',
  '🙂',
  '漢字',
  '\u0000',
  '\t',
  'x'.repeat(120),
);
const phrase = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '));
/** Texts, some empty, longer than the encoder's limit, or duplicates. */
const texts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: phrase },
    fc.constantFrom('', ' ', 'who', 'what is the'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  ),
  { minLength: 12, maxLength: 40 },
);

const how = fc.record({
  tokenBudget: fc.constantFrom(1, 7, 64, 1024, 100_000),
  threads: fc.integer({ min: 1, max: 3 }),
  poolings: fc.shuffledSubarray([...POOLINGS], { minLength: POOLINGS.length }),
});
type How = typeof how extends fc.Arbitrary<infer T> ? T : never;

/** What the store contains when a run begins: nothing, everything, some texts, some vectors, or the remains of an interrupted run. */
const STORES = ['cold', 'warm', 'some texts', 'some vectors', 'interrupted'] as const;
type Start = (typeof STORES)[number];
const start = fc.constantFrom<Start>(...STORES);

const specsOf = (poolings: readonly Pooling[]) =>
  poolings.flatMap((pooling) => VECTORS.filter((vector) => vector.pooling === pooling).map(({ spec }) => spec));

/** Bytes of all vectors by their names, row by row. */
async function vectorsOf(
  encoder: Encoder,
  all: readonly string[],
  { tokenBudget, threads, poolings }: How,
  store: string,
): Promise<Map<string, string[]>> {
  const specs = specsOf(poolings);
  const embedded = await embed({ encoder, texts: all, specs, store: new VectorStore(store), threads, tokenBudget });
  const found = new Map<string, string[]>();
  for (const spec of specs.toSorted((a, b) => (specName(a) < specName(b) ? -1 : 1))) {
    const { data } = await embedded.load(spec);
    const width = embedded.width(spec);
    found.set(
      specName(spec),
      all.map((_, row) => Buffer.from(data.slice(row * width, (row + 1) * width).buffer).toString('base64')),
    );
  }
  return found;
}

/** Fills a store as an earlier run would have. */
async function prepare(begin: Start, store: string, encoder: Encoder, all: readonly string[], run: How): Promise<void> {
  const earlier = (some: readonly string[], poolings: readonly Pooling[]) =>
    embed({ encoder, texts: some, specs: specsOf(poolings), store: new VectorStore(store), threads: 1, tokenBudget: 50 });
  switch (begin) {
    case 'cold':
      return;
    case 'warm':
      return void (await earlier(all, run.poolings));
    case 'some texts':
      return void (await earlier(
        all.filter((_, i) => i % 3 === 0),
        run.poolings,
      ));
    case 'some vectors':
      return void (await earlier(all, run.poolings.slice(0, 2)));
    case 'interrupted': {
      // Killed between the shards of two poolings: half of the folders are missing, and one file is partial.
      await earlier(
        all.filter((_, i) => i % 2 === 0),
        run.poolings,
      );
      const [key] = readdirSync(store);
      const specs = readdirSync(path.join(store, key!)).filter((name) => name !== 'key.json');
      for (const [i, name] of specs.entries()) {
        const shards = readdirSync(path.join(store, key!, name));
        if (i % 2 === 0) rmSync(path.join(store, key!, name), { recursive: true });
        else cpSync(path.join(store, key!, name, shards[0]!), path.join(store, key!, name, `${shards[0]!}.1234567`));
      }
      return;
    }
    default:
      begin satisfies never;
  }
}

const PLAIN: How = { tokenBudget: 1, threads: 1, poolings: [...POOLINGS] };

test('determinism: a vector does not depend on batch, tokens of a batch, threads, order of texts and poolings, nor on what was stored before', async () => {
  await fc.assert(
    fc.asyncProperty(texts, how, start, fc.integer(), async (all, run, begin, seed) => {
      const encoder = ENCODERS[Math.abs(seed) % 2]!;
      const expected = await vectorsOf(encoder, all, PLAIN, fresh());
      const store = fresh();
      await prepare(begin, store, encoder, all, run);
      const order = all.map((_, i) => i).toSorted((a, b) => shuffled(a, seed) - shuffled(b, seed));
      const found = await vectorsOf(
        encoder,
        order.map((i) => all[i]!),
        run,
        store,
      );
      assert.deepEqual([...found.keys()], [...expected.keys()]);
      for (const [name, rows] of expected)
        assert.deepEqual(
          found.get(name),
          order.map((i) => rows[i]!),
          name,
        );
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

/** A number unrelated to the row's index. */
function shuffled(row: number, seed: number): number {
  return createHash('sha256').update(`${seed} ${row}`).digest().readUInt32LE(0);
}

function datasetOf(name: string, all: readonly string[]): GridDataset {
  const rows = all.length;
  const labels = Int32Array.from(all, (text, i) => (text.length + i) % 3);
  const split = Uint8Array.from(all, (_, i) => (i < rows - 4 ? 0 : i < rows - 2 ? 1 : 2));
  return {
    name,
    dataset: {
      task: 'classification',
      key: name,
      labelField: 'class',
      texts: all,
      labels,
      classes: ['a', 'b', 'c'],
      split,
      hash: name.repeat(64).slice(0, 64),
      sample: '',
    } satisfies ClassificationDataset,
    protocols: SETTINGS.protocols,
  };
}

const SETTINGS: Settings = {
  poolings: ['max', 'cls-layermean'],
  layers: 'last',
  layerMeans: ['0..L'],
  concatNorms: ['zscore'],
  protocols: ['complete', 'leave-one-out', 'fit-train'],
  ks: [1, 3],
  metrics: ['euclidean', 'cosine'],
  votes: ['uniform', 'distance'],
  index: 'exact',
  hnsw: { m: 32, efConstruction: 200, ef: 100, recall: 0.98, seed: 1 },
  labels: 'first',
  limit: undefined,
  seed: 1,
  maxLength: undefined,
  dtype: undefined,
  threads: 1,
  tokenBudget: 1,
};

interface Grid {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly settings: Settings;
  readonly includes?: ReturnType<typeof inShard>;
}

/** The rows as text, in an order independent of the run; failures are not included. */
async function rowsOf({ encoders, datasets, settings, includes }: Grid, store: string): Promise<string[]> {
  const rows: Row[] = [];
  for await (const outcome of computeGrid(
    { encoders, datasets, settings, includes, vectorFolder: store, progress: openProgress({ quiet: true }), warn: assert.fail },
    [],
  )) {
    assert.equal(outcome.kind, 'computed');
    if (outcome.kind === 'computed') rows.push(...outcome.cells.map(({ row }) => row));
  }
  return csvOfRows(rows).split('\n').toSorted();
}

const ofOne = (rows: readonly string[]) => rows.filter((row) => !row.includes('concat'));

test('determinism: rows do not depend on batch, tokens of a batch, threads, order of encoders, datasets and poolings, layout of shards, nor on the cache', async () => {
  const [first, second] = ENCODERS.map((encoder): GridEncoder => ({ name: encoder.name, encoder }));
  await fc.assert(
    fc.asyncProperty(
      texts,
      texts,
      how,
      fc.boolean(),
      fc.constantFrom<'cold' | 'warm' | 'partial'>('cold', 'warm', 'partial'),
      fc.integer({ min: 1, max: 6 }),
      async (one, two, { tokenBudget, threads, poolings: order }, turned, cache, of) => {
        const datasets = [datasetOf('one', one), datasetOf('two', two)];
        const expected = await rowsOf({ encoders: [first!, second!], datasets, settings: SETTINGS }, fresh());
        assert.ok(expected.length > 100);
        const store = fresh();
        mkdirSync(store);
        const settings = { ...SETTINGS, tokenBudget, threads, poolings: order.filter((pooling) => SETTINGS.poolings.includes(pooling)) };
        // Encoders in another order would be another concatenation, by name and by columns.
        const grid = { encoders: [first!, second!], datasets: turned ? datasets.toReversed() : datasets, settings };
        if (cache === 'warm') await rowsOf(grid, store);
        if (cache === 'partial') await rowsOf({ ...grid, datasets: [datasets[1]!], settings: { ...settings, poolings: ['max'] } }, store);
        assert.deepEqual(await rowsOf(grid, store), expected);
        // The shards of a run merge to the run, with all encoders on one machine and without; vectors are computed only for the first.
        for (const concat of [true, false]) {
          const plain = concat ? settings : { ...settings, concatNorms: [] };
          const parts: string[][] = [];
          for (let index = 1; index <= of; index++) {
            const includes = inShard({
              shard: { index, of },
              encoders: grid.encoders.map(({ name }) => name),
              datasets: grid.datasets.map(({ name }) => name),
              concat,
            });
            parts.push(await rowsOf({ ...grid, settings: plain, includes }, concat ? fresh() : store));
          }
          const cells = parts
            .flat()
            .filter((row) => row !== '' && !row.startsWith('encoder,'))
            .toSorted();
          assert.deepEqual(
            cells,
            (concat ? expected : ofOne(expected)).filter((row) => row !== '' && !row.startsWith('encoder,')),
          );
        }
        if (turned) assert.deepEqual(ofOne(await rowsOf({ ...grid, encoders: [second!, first!] }, fresh())), ofOne(expected));
      },
    ),
    { numRuns: Math.ceil(RUNS / 3), seed: 1 },
  );
});
