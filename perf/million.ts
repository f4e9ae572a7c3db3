import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { groupBy } from '../src/group-by.ts';
import { packageRoot } from '../src/home.ts';
import { wordTable } from './random-table.ts';
import { onnxFolder } from './weights.ts';

const SIZES = [100_000, 1_000_000];
const ENCODERS = ['static', 'layer-1'] as const;

/**
 * The whole job at a million texts, each command in its own process: `run` (embed, leave-one-out with k = 5 by HNSW, intervals, data
 * check), then `data` and `report`. Texts are halves of two titles of StackOverflow of the same class (20 classes; seed 1), nearly all
 * different. Encoders of 384 columns: all-MiniLM-L6-v2's word embeddings as a static encoder, and that encoder truncated to layer 1.
 * Arguments: numbers of texts, names of encoders, `exact` for exact search. EMBEDDING_BENCH_STACKOVERFLOW names the folder with the titles
 * and their labels.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const sizes = words.map(Number).filter((size) => size > 0);
  const encoders = ENCODERS.filter((name) => words.includes(name));
  const index = words.includes('exact') ? 'exact' : 'hnsw';
  for (const name of encoders.length > 0 ? encoders : ENCODERS) {
    for (const size of sizes.length > 0 ? sizes : SIZES) await job({ name, size, index });
  }
}

async function job({ name, size, index }: { name: (typeof ENCODERS)[number]; size: number; index: string }): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-million-'));
  try {
    const file = path.join(scratch, 'titles.csv');
    await writeTitles(file, size);
    const model =
      name === 'static'
        ? ['--model', wordTable(path.join(scratch, 'static'))]
        : ['--model', onnxFolder('all-MiniLM-L6-v2'), '--first-layers', '1'];
    const data = ['--dataset', file, '--text-column', 'text', '--label-column', 'label'];
    const out = path.join(scratch, 'results');
    const scored = ['--pooling', 'mean', '--protocol', 'leave-one-out', '--k', '5', '--index', index, '--out', out, '--quiet'];
    const cache = ['--cache', path.join(scratch, 'cache')];
    console.log(`${name}, ${size.toLocaleString('en-US')} texts, ${index}`);
    measured('run', ['run', ...model, ...data, ...scored, ...cache], scratch);
    for (const row of await rowsOf(path.join(out, 'timings.csv'))) {
      if (row['stage'] !== 'embed' && row['stage'] !== 'knn') continue;
      const perText = (Number(row['seconds']) / size) * 1e6;
      console.log(`    ${row['stage']!.padEnd(8)} ${row['seconds']!.padStart(8)} s, ${perText.toFixed(0).padStart(5)} µs a text`);
    }
    const [result] = await rowsOf(path.join(out, 'results.csv'));
    const interval = `[${result?.['accuracy_low']}, ${result?.['accuracy_high']}]`;
    console.log(`    accuracy ${result?.['accuracy']} ${interval}, recall ${result?.['recall'] === '' ? '–' : result?.['recall']}`);
    measured('the same again', ['run', ...model, ...data, ...scored, ...cache], scratch);
    measured('datasets check', ['datasets', 'check', ...data, ...cache], scratch);
    measured('report', ['report', out], scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Runs a command of the program and prints its seconds and peak memory. */
function measured(title: string, args: readonly string[], scratch: string): void {
  const preload = path.join(scratch, 'probe.cjs');
  const probe = `process.on('exit', () => require('fs').writeSync(2, 'PEAK ' + Math.round(process.resourceUsage().maxRSS / 1000) + '\\n'))`;
  writeFileSync(preload, `if (require('worker_threads').isMainThread) ${probe}`);
  const started = performance.now();
  const main = path.join(path.dirname(import.meta.dirname), 'bench', 'main.js');
  const { status, stderr } = spawnSync(process.execPath, ['--max-semi-space-size=1', '--require', preload, main, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const peak = /PEAK (\d+)/.exec(stderr)?.[1] ?? '?';
  const failed = status === 0 ? '' : `  status ${status}: ${stderr.trim().split('\n').slice(-3).join(' | ')}`;
  console.log(`  ${title.padEnd(16)} ${seconds.padStart(7)} s, peak ${peak.padStart(5)} MB${failed}`);
}

async function rowsOf(file: string): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for await (const row of createReadStream(file).pipe(parse({ columns: true }))) rows.push(row as Record<string, string>);
  return rows;
}

/** Titles made of two of one class: the first half of one's words, the second half of the other's. */
async function writeTitles(file: string, size: number): Promise<void> {
  const folder = process.env['EMBEDDING_BENCH_STACKOVERFLOW'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'stackoverflow');
  const lines = (name: string): string[] =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  if (!existsSync(folder)) throw new Error(`There is no ${folder}: set EMBEDDING_BENCH_STACKOVERFLOW.`);
  const titles = lines('title_StackOverflow.txt').map((title) => title.split(/\s+/).filter((word) => word !== ''));
  const labels = lines('label_StackOverflow.txt');
  const byClass = groupBy([...titles.keys()], (i) => labels[i]!);
  const random = xoroshiro128plus(1);
  const out = createWriteStream(file);
  out.write('label,text\n');
  for (let i = 0; i < size; i++) {
    const first = i < titles.length ? i : uniformInt(random, 0, titles.length - 1);
    const own = byClass.get(labels[first]!)!;
    const second = own[uniformInt(random, 0, own.length - 1)]!;
    const [head, tail] = [titles[first]!, titles[second]!];
    const words = [...head.slice(0, Math.ceil(head.length / 2)), ...tail.slice(Math.ceil(tail.length / 2))];
    const line = `${labels[first]},"${words.join(' ').replaceAll('"', '""')}"\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
