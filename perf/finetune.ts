import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { loadDataset } from '../src/datasets/load.ts';
import { withClasses } from '../src/datasets/task.ts';
import { SPLIT_SHARES, withMissingSplits } from '../src/datasets/missing-splits.ts';
import { packageRoot } from '../src/home.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import { readRows } from '../src/results/csv.ts';
import { openSources } from '../src/sources/sources.ts';
import { checkpointFolder } from './weights.ts';

const OBJECTIVES = ['cea-all-negatives', 'classic'];
const MAX_LENGTH = 256;

/**
 * Fine-tuning of all-MiniLM-L6-v2 on TREC-6, ours and a hand-written torch equivalent: CEA with all negatives and the classification head,
 * three seeds, same settings, same splits. Arguments: epochs (default: 2). PYTHON names an interpreter with torch and transformers.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const epochs = words[0] ?? '2';
  const threads = String(availableParallelism());
  const seeds = '1,2,3';
  const data = process.env['EMBEDDING_BENCH_TREC'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'trec');
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-finetune-'));
  const corpus = path.join(scratch, 'trec6.json');
  const sources = openSources({ cacheDir: path.join(scratch, 'cache'), offline: true, mirrors: [data] });
  const loaded = await loadDataset({
    entry: findDataset(loadDatasets(), 'trec6'),
    fetchFile: (file) => sources.fetchFile(file),
    labels: 'first',
    seed: 1,
  });
  const { texts, labels, classes, split } = withMissingSplits(withClasses(loaded, 'Fine-tuning'), { ...SPLIT_SHARES, seed: 1 });
  writeFileSync(corpus, JSON.stringify({ texts, labels: [...labels], classes, split: [...split], maxLength: MAX_LENGTH }));
  for (const objective of OBJECTIVES) {
    const out = path.join(scratch, objective);
    const started = performance.now();
    const ours = spawnSync(
      process.execPath,
      [
        path.join(path.dirname(import.meta.dirname), 'bench', 'main.js'),
        'finetune',
        '--model',
        checkpointFolder(),
        '--datasets',
        'trec6',
        '--mirror',
        data,
        '--pooling',
        'mean',
        '--objective',
        objective,
        '--epochs',
        epochs,
        '--seed',
        seeds,
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
      ],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (ours.status !== 0) throw new Error(ours.stderr);
    console.log(`ours   ${objective}: ${((performance.now() - started) / 1000).toFixed(0)} s in all`);
    const { rows } = await readRows(path.join(out, 'results.csv'));
    for (const { split: scored, objective: trained, seed, micro_f1: micro } of rows)
      if (scored === 'test') console.log(`       ${trained === '' ? 'frozen' : `${trained} seed ${seed}`}: test ${micro}`);
    const theirs = spawnSync(
      process.env['PYTHON'] ?? 'python3',
      [
        path.join(packageRoot(), 'perf', 'peers', 'finetune_peer.py'),
        checkpointFolder(),
        corpus,
        objective,
        epochs,
        seeds,
        threads,
        'mean',
      ],
      { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } },
    );
    if (theirs.status !== 0) console.log(`torch  not run: ${theirs.stderr.trim().split('\n').at(-1)}`);
    for (const [, line] of theirs.stdout.matchAll(/RESULT (.*)/g)) console.log(`torch  ${objective} ${line}`);
  }
  rmSync(scratch, { recursive: true });
}
