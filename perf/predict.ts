import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { defaultCacheDir, packageRoot } from '../src/home.ts';
import { classifierFolder, type Labelled } from './predict-folder.ts';

/** Number of texts of a corpus to classify, evenly spread over its file. */
const TEXTS = 1000;
/** Batch sizes of the peer; the fastest counts. */
const BATCHES = [1, 8, 32];

/**
 * Texts per second of a classifier (all-MiniLM-L6-v2 in fp32, a head for the six classes of TREC) by `load` and `predict`, and by
 * transformers.js's text-classification pipeline on the same folder: each in its own process, alternating; loading is not counted, the best
 * of the rounds is, and for the pipeline the best batch size. On one thread and on two; predicted labels are compared. Arguments: rounds
 * (5).
 */
export async function bench(words: readonly string[]): Promise<void> {
  const rounds = Number(words[0] ?? 5);
  const data = path.join(packageRoot(), '..', 'shared', 'data');
  const corpora = [
    ['TREC questions', trecIn(process.env['EMBEDDING_BENCH_TREC'] ?? path.join(data, 'trec')).texts],
    ['StackOverflow titles', linesOf(process.env['EMBEDDING_BENCH_TEXTS'] ?? path.join(data, 'stackoverflow', 'title_StackOverflow.txt'))],
  ] as const;
  const folder = path.join(defaultCacheDir(), 'developer-weights', 'predict', 'all-MiniLM-L6-v2');
  await classifierFolder(folder, trecIn(process.env['EMBEDDING_BENCH_TREC'] ?? path.join(data, 'trec')));
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-predict-'));
  try {
    for (const [name, all] of corpora) {
      const texts = Array.from(
        { length: Math.min(TEXTS, all.length) },
        (_, i) => all[Math.floor((i * all.length) / Math.min(TEXTS, all.length))]!,
      );
      const file = path.join(scratch, 'texts.json');
      writeFileSync(file, JSON.stringify(texts));
      const letters = texts.reduce((sum, { length }) => sum + length, 0) / texts.length;
      console.log(`${texts.length} ${name}, ${letters.toFixed(0)} characters each`);
      for (const threads of new Set([1, Math.min(2, availableParallelism())])) {
        const best = { ours: 0, theirs: 0, batch: 0, differ: 0, ourCpu: Infinity, theirCpu: Infinity };
        for (let round = 0; round < rounds; round++) {
          const ours = measured('predict-ours.js', [folder, file, String(threads)]);
          best.ours = Math.max(best.ours, ours.rate);
          best.ourCpu = Math.min(best.ourCpu, ours.cpu);
          for (const batch of BATCHES) {
            const theirs = measured('predict-theirs.js', [folder, file, String(threads), String(batch)]);
            best.differ = Math.max(best.differ, theirs.labels.filter((label, i) => label !== ours.labels[i]).length);
            best.theirCpu = Math.min(best.theirCpu, theirs.cpu);
            if (theirs.rate > best.theirs) [best.theirs, best.batch] = [theirs.rate, batch];
          }
        }
        console.log(
          `  ${threads} ${threads === 1 ? 'thread ' : 'threads'}  ours ${best.ours.toFixed(0)} texts/s | transformers.js ${best.theirs.toFixed(0)} texts/s ` +
            `(batches of ${best.batch}) | ${(best.ours / best.theirs).toFixed(2)} times as fast; processor time ` +
            `${best.ourCpu.toFixed(2)} and ${best.theirCpu.toFixed(2)} ms a text; ${best.differ} labels differ`,
        );
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Measured {
  /** Texts per second. */
  readonly rate: number;
  /** CPU milliseconds per text, which other load on the machine affects less. */
  readonly cpu: number;
  readonly labels: readonly string[];
}

function measured(script: string, args: readonly string[]): Measured {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

function trecIn(folder: string): Labelled {
  const file = path.join(folder, 'train_5500.label');
  if (!existsSync(file)) throw new Error(`There is no ${file}: set EMBEDDING_BENCH_TREC.`);
  const lines = readFileSync(file, 'latin1')
    .split('\n')
    .filter((line) => line !== '');
  return { texts: lines.map((line) => line.slice(line.indexOf(' ') + 1)), labels: lines.map((line) => line.slice(0, line.indexOf(':'))) };
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) throw new Error(`There are no texts in ${file}: set EMBEDDING_BENCH_TEXTS.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
