import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';
import { checkpointFolder, onnxFolder, transformersJsFolder } from './weights.ts';

const TREC = ['train_5500.label', 'TREC_10.label'];

/**
 * The TREC-6 job (5952 questions, all-MiniLM-L6-v2 in fp32), each peer in its own process, start-up included, one after the other; rounds
 * repeat all of them, so that changes in machine speed affect all. PYTHON names an interpreter with the peers, FLAIR_PYTHON one with flair,
 * which needs an older transformers than the others.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const rounds = Number(words[0] ?? 1);
  const threads = String(availableParallelism());
  const data = process.env['EMBEDDING_BENCH_TREC'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'trec');
  const files = TREC.map((file) => path.join(data, file));
  if (!files.every((file) => existsSync(file))) throw new Error(`The TREC files are not in ${data}: set EMBEDDING_BENCH_TREC.`);
  const onnx = onnxFolder('all-MiniLM-L6-v2');
  const built = path.dirname(import.meta.dirname);
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-trec6-'));
  const python = process.env['PYTHON'] ?? 'python3';
  const peer = (file: string, interpreter = python) => [
    interpreter,
    path.join(packageRoot(), 'perf', 'peers', file),
    checkpointFolder(),
    threads,
    ...files,
  ];
  const ours = (...more: string[]) => [
    process.execPath,
    '--max-semi-space-size=1',
    path.join(built, 'bench', 'main.js'),
    'run',
    '--model',
    onnx,
    '--datasets',
    'trec6',
    '--mirror',
    data,
    '--pooling',
    'all',
    '--protocol',
    'leave-one-out',
    '--max-length',
    '512',
    '--out',
    path.join(scratch, 'results'),
    '--format',
    'csv',
    '--quiet',
    '--threads',
    threads,
    ...more,
  ];
  const cold = ['--cache', path.join(scratch, 'cache')];
  const candidates: [string, string[], (() => void)?][] = [
    ['embedding-bench (4 cells, KNN)', ours(...cold), () => rmSync(scratch, { recursive: true, force: true })],
    ['  the same again, from the store', ours(...cold), () => rmSync(path.join(scratch, 'results'), { recursive: true, force: true })],
    ['bare onnxruntime loop (4 poolings)', [process.execPath, path.join(built, 'perf', 'bare-loop.js'), onnx, threads, ...files]],
    [
      'transformers.js (1 pooling)',
      [process.execPath, path.join(built, 'perf', 'transformers-js.js'), transformersJsFolder(), threads, 'as-is', ...files],
    ],
    [
      'transformers.js sorted by hand (1)',
      [process.execPath, path.join(built, 'perf', 'transformers-js.js'), transformersJsFolder(), threads, 'sorted', ...files],
    ],
    ['torch by hand (4 cells, KNN)', peer('torch_peer.py')],
    ['sentence-transformers (4 cells, KNN)', peer('sentence_transformers_peer.py')],
    ['transformer-ranker (1 cell, KNN)', peer('transformer_ranker_peer.py')],
    ['flair (4 cells, KNN)', peer('flair_peer.py', process.env['FLAIR_PYTHON'] ?? python)],
  ];
  const wanted = words.slice(1);
  for (let round = 1; round <= rounds; round++) {
    for (const [name, [command, ...args], before] of candidates) {
      if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
      before?.();
      const started = performance.now();
      const { status, stdout, stderr } = spawnSync(command!, args, {
        encoding: 'utf8',
        env: { ...process.env, HF_HUB_OFFLINE: '1' },
        maxBuffer: 1 << 26,
      });
      const seconds = (performance.now() - started) / 1000;
      if (status !== 0) console.log(`${name.padEnd(38)} not run: ${stderr.trim().split('\n').at(-1) ?? ''}`);
      else console.log(`${name.padEnd(38)} ${seconds.toFixed(1).padStart(6)} s   ${/RESULT (.*)/.exec(stdout)?.[1] ?? scoresOf(stdout)}`);
    }
  }
  rmSync(scratch, { recursive: true, force: true });
}

function scoresOf(csv: string): string {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map((cells) => `${cells[2]}=${cells[12]}`)
    .join(' ');
}
