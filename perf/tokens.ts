import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';
import { checkpointFolder } from './weights.ts';

/**
 * A ranking of all-MiniLM-L6-v2 on the words of WNUT-17's train set, layer mean, first sub-token, by the three estimators of
 * transformer-ranker (5 neighbours become its 3), compared with transformer-ranker: each in its own process with an empty cache, one after
 * the other. Its neighbours are words of all sentences, ours of other sentences. PYTHON names an interpreter with it. Arguments: rounds
 * (1), then files.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const [rounds = '1', ...given] = words;
  const file = path.join(packageRoot(), '..', 'shared', 'tasks', 'data', 'wnut17', 'wnut17train.conll');
  const files = given.length > 0 ? given : [process.env['EMBEDDING_BENCH_TAGGED'] ?? file];
  if (!files.every((each) => existsSync(each))) throw new Error(`${files.join(', ')}: there is no such file; set EMBEDDING_BENCH_TAGGED.`);
  const threads = String(availableParallelism());
  const encoder = checkpointFolder();
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-tokens-'));
  try {
    const data = path.join(scratch, 'tagged.conll');
    writeFileSync(data, files.map((each) => readFileSync(each, 'utf8')).join('\n\n'));
    const preload = path.join(scratch, 'peak.cjs');
    writeFileSync(
      preload,
      `if (require('worker_threads').isMainThread) process.on('exit', () => require('fs').writeSync(2, 'PEAK ' + Math.round(process.resourceUsage().maxRSS / 1024) + '\\n'))`,
    );
    for (let round = 0; round < Number(rounds); round++) {
      rmSync(path.join(scratch, 'cache'), { recursive: true, force: true });
      const ours = timed(process.execPath, [
        '--max-semi-space-size=1',
        '--require',
        preload,
        path.join(path.dirname(import.meta.dirname), 'bench', 'main.js'),
        'rank',
        '--model',
        encoder,
        '--dataset',
        data,
        '--pooling',
        'layermean',
        '--layer-mean',
        '1..L',
        '--word-pooling',
        'first',
        '--words-per-class',
        '10000000',
        '--estimator',
        'knn,hscore,logme',
        '--by',
        'knn',
        '--k',
        '3',
        '--max-length',
        '512',
        '--curves',
        'false',
        '--cache',
        path.join(scratch, 'cache'),
        '--out',
        path.join(scratch, `results-${round}`),
        '--format',
        'csv',
        '--threads',
        threads,
        '--quiet',
      ]);
      console.log(`embedding-bench     ${said(ours, /PEAK (\d+)/)}\n${ours.stdout.trim()}`);
      const theirs = timed(process.env['PYTHON'] ?? 'python3', [
        path.join(packageRoot(), 'perf', 'peers', 'words_ranker_peer.py'),
        encoder,
        threads,
        data,
      ]);
      console.log(`transformer-ranker  ${said(theirs, /peak_mb=(\d+)/)}\n${/RESULT (.*)/.exec(theirs.stdout)?.[1] ?? ''}`);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Timed {
  readonly seconds: number;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function timed(program: string, args: readonly string[]): Timed {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    maxBuffer: 1 << 26,
  });
  return { seconds: (performance.now() - started) / 1000, status, stdout, stderr };
}

function said({ seconds, status, stdout, stderr }: Timed, peak: RegExp): string {
  if (status !== 0) return `not run: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  return `${seconds.toFixed(1).padStart(7)} s, peak ${(peak.exec(stdout + stderr)?.[1] ?? '?').padStart(5)} MB`;
}
