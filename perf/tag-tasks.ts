import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { SPLITS, type TokenDataset } from '../src/datasets/dataset.ts';
import { loadDataset } from '../src/datasets/load.ts';
import { packageRoot } from '../src/home.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import { readRows } from '../src/results/csv.ts';
import { openSources } from '../src/sources/sources.ts';
import { bertFolder } from './weights.ts';

/** Every n-th sentence of train; dev and test are complete. */
const EVERY = 3;
const MAX_LENGTH = 128;
const SEEDS = '1,2,3';

/** Of one seed, in percent on test, and how the epoch was selected. */
interface Trained {
  readonly seed: number;
  readonly epoch: number;
  readonly dev: number;
  readonly test: number;
}

/**
 * Token classification by paraphrase-MiniLM-L3-v2 on every third train sentence of WNUT-17, ours and transformers in torch: three seeds,
 * the same sentences and settings; dev selects the epoch by span F1. Arguments: epochs (3), learning rate (5e-4), initialisation of the
 * peer's head: glorot, like ours, or published, as in transformers. PYTHON names an interpreter with torch, transformers, seqeval.
 */
export async function bench([epochs = '3', rate = '5e-4', head = 'glorot']: readonly string[]): Promise<void> {
  const threads = String(availableParallelism());
  const data = process.env['EMBEDDING_BENCH_WNUT17'] ?? path.join(packageRoot(), '..', 'shared', 'tasks', 'data', 'wnut17');
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-tag-tasks-'));
  try {
    const sources = openSources({ cacheDir: path.join(scratch, 'cache'), offline: true, mirrors: [data] });
    const loaded = await loadDataset({
      entry: findDataset(loadDatasets(), 'wnut17'),
      fetchFile: (file) => sources.fetchFile(file),
      labels: 'first',
      seed: 1,
    });
    const rows = path.join(scratch, 'wnut17-third.jsonl');
    writeFileSync(rows, linesOf(loaded as TokenDataset));
    const encoder = bertFolder('paraphrase-MiniLM-L3-v2');
    const out = path.join(scratch, 'out');
    const started = performance.now();
    const ours = spawnSync(
      process.execPath,
      [
        path.join(path.dirname(import.meta.dirname), 'bench', 'main.js'),
        'finetune',
        '--model',
        `l3=${encoder}`,
        '--dataset',
        rows,
        '--text-column',
        'words',
        '--label-column',
        'tags',
        '--split-column',
        'split',
        '--epochs',
        epochs,
        '--lr',
        rate,
        '--seed',
        SEEDS,
        '--max-length',
        String(MAX_LENGTH),
        '--out',
        out,
        '--cache',
        path.join(scratch, 'cache'),
        '--format',
        'csv',
        '--threads',
        threads,
        '--quiet',
      ],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (ours.status !== 0) throw new Error(ours.stderr);
    const seconds = (performance.now() - started) / 1000;
    const { rows: scored } = await readRows(path.join(out, 'results.csv'));
    const found = scored
      .filter(({ split, objective }) => split === 'test' && objective !== '')
      .map((row): Trained => {
        const dev = scored.find(({ split, seed }) => split === 'dev' && seed === row.seed)!;
        return { seed: Number(row.seed), epoch: Number(row.epoch), dev: Number(dev.span_f1), test: Number(row.span_f1) };
      });
    const theirs = spawnSync(
      process.env['PYTHON'] ?? 'python3',
      [path.join(packageRoot(), 'perf', 'peers', 'tag_tasks.py'), encoder, rows, epochs, SEEDS, rate, String(MAX_LENGTH), threads, head],
      { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } },
    );
    const peers = [...theirs.stdout.matchAll(/RESULT (.*)/g)].map(
      ([, line]) => JSON.parse(line!) as Trained & { readonly seconds: number },
    );
    say('ours ', found, seconds);
    if (peers.length === 0) {
      console.log(`torch  not run: ${theirs.stderr.trim().split('\n').at(-1)}`);
      return;
    }
    say(
      'torch',
      peers,
      peers.reduce((sum, peer) => sum + peer.seconds, 0),
    );
    const [a, b] = [found.map(({ test }) => test), peers.map(({ test }) => test)];
    const error = Math.sqrt(a.length === 0 ? 0 : deviation(a) ** 2 / a.length + deviation(b) ** 2 / b.length);
    const difference = mean(a) - mean(b);
    console.log(
      `difference of the means ${difference.toFixed(2)}, its standard error ${error.toFixed(2)}: ${Math.abs(difference) <= 2 * error ? 'within noise' : 'more than noise'}`,
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function linesOf({ words, tags, starts, classes, split }: TokenDataset): string {
  let train = 0;
  return words
    .map((own, i) => {
      if (split[i] === 0 && train++ % EVERY !== 0) return '';
      return `${JSON.stringify({ words: own, tags: Array.from(own, (_, at) => classes[tags[starts[i]! + at]!]), split: SPLITS[split[i]!] })}\n`;
    })
    .join('');
}

function say(name: string, all: readonly Trained[], seconds: number): void {
  for (const { seed, epoch, dev, test } of all)
    console.log(`${name}  seed ${seed}: epoch ${epoch}, span F1 ${dev.toFixed(2)} on dev, ${test.toFixed(2)} on test`);
  const tests = all.map(({ test }) => test);
  console.log(`${name}  mean ${mean(tests).toFixed(2)}, standard deviation ${deviation(tests).toFixed(2)}; ${seconds.toFixed(0)} s`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation. */
function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
}
