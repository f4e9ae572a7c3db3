import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';
import { randomTable } from './random-table.ts';

/** potion-base-8M has BERT's vocabulary without its unused tokens, static-retrieval-mrl-en-v1 all of it. */
const SHAPES = [
  { name: 'potion-base-8M', rows: 29_528, width: 256, unused: false },
  { name: 'static-retrieval-mrl-en-v1', rows: 30_522, width: 1024, unused: true },
] as const;
const PEERS = ['model2vec', 'sentence-transformers'] as const;

/**
 * Texts per second of static encoders of published shapes with random weights, ours (`embed`: hashes, tokens, vectors, all written to an
 * empty store) and `encode` of model2vec and sentence-transformers, on one processor and on all of them; each in its own process, the first
 * pass over the texts and the best of the following. PYTHON names an interpreter with both. Arguments: rounds, then parts of names.
 * EMBEDDING_BENCH_TEXTS names a file with one text per line.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const [first = '1', ...wanted] = words;
  const texts =
    process.env['EMBEDDING_BENCH_TEXTS'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'stackoverflow', 'title_StackOverflow.txt');
  if (!existsSync(texts)) throw new Error(`There are no texts in ${texts}: set EMBEDDING_BENCH_TEXTS.`);
  const lines = readFileSync(texts, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  console.log(
    `${lines.length} texts of ${path.basename(texts)}, ${(lines.reduce((sum, { length }) => sum + length, 0) / lines.length).toFixed(0)} characters each`,
  );
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-static-'));
  const python = process.env['PYTHON'] ?? 'python3';
  const candidates: readonly (readonly [string, readonly string[]])[] = [
    ['embedding-bench', [process.execPath, path.join(import.meta.dirname, 'static-pass.js')]],
    ...PEERS.map((peer) => [peer, [python, path.join(packageRoot(), 'perf', 'peers', 'static_peer.py'), peer]] as const),
  ];
  try {
    for (const shape of SHAPES) {
      const folder = randomTable(path.join(scratch, shape.name), shape);
      for (let round = 0; round < Number(first); round++) {
        for (const cores of new Set([1, availableParallelism()])) {
          for (const [name, command] of candidates) {
            const title = `${shape.name}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${name}`;
            if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) continue;
            console.log(`${title.padEnd(64)} ${measured([...command, folder, texts, String(cores)], cores)}`);
          }
        }
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function measured(command: readonly string[], cores: number): string {
  const [program, ...args] = cores === 1 ? ['taskset', '-c', '0', ...command] : command;
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
  return status === 0 ? (/RESULT (.*)/.exec(stdout)?.[1] ?? '') : `not run: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}
