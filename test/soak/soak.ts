import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomInts } from '../../src/numeric/random.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { TINY_VOCABULARY, writeTinyEncoder } from '../tiny-encoder.ts';

/**
 * Runs that are killed at random moments, with kill -9, and begun again until they come through. Each has a cache of its own, so that
 * embedding, search and writing are all hit; what it leaves must be, to the byte, what a run leaves that nobody killed.
 */

const MAIN = path.join(import.meta.dirname, '..', '..', 'bench', 'main.js');
const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
/** So many kills of one run; then it may end. */
const MOST_KILLS = 3;

export interface SoakParams {
  readonly folder: string;
  readonly runs: number;
  readonly seed: number;
  readonly onRun?: ((done: number, kills: number) => void) | undefined;
}

export interface Soaked {
  readonly runs: number;
  readonly kills: number;
  /** Runs that were killed at least once. */
  readonly killed: number;
  /** What came out otherwise, a line each. */
  readonly findings: readonly string[];
}

interface Job {
  readonly name: string;
  readonly args: readonly string[];
}

export async function soak({ folder, runs, seed, onRun }: SoakParams): Promise<Soaked> {
  const draw = randomInts(seed);
  const jobs = prepare(folder);
  const references = new Map<string, { readonly files: Record<string, string>; readonly ms: number }>();
  for (const job of jobs) {
    const place = path.join(folder, `${job.name}-reference`);
    const started = performance.now();
    const { status, err } = await start(job, place, undefined);
    if (status !== 0) throw new Error(`The undisturbed run of ${job.name} failed: ${err}`);
    references.set(job.name, { files: contents(place), ms: performance.now() - started });
  }
  let [kills, killed] = [0, 0];
  const findings: string[] = [];
  for (let run = 0; run < runs; run++) {
    // Most are of the main job, which most people run.
    const job = jobs[run % 4 === 3 ? 1 : 0]!;
    const { files, ms } = references.get(job.name)!;
    const place = path.join(folder, `run-${run}`);
    let own = 0;
    for (;;) {
      const after = own < MOST_KILLS ? draw(0, Math.ceil(ms)) : undefined;
      const { status, signal, err } = await start(job, place, after);
      if (signal === 'SIGKILL') {
        own++;
        const torn = tornFiles(place);
        if (torn.length > 0) findings.push(`run ${run} (${job.name}, killed after ${after} ms): torn ${torn.join(', ')}`);
        continue;
      }
      if (status !== 0) findings.push(`run ${run} (${job.name}, after ${own} kills): status ${status}, ${err.trim()}`);
      break;
    }
    const got = contents(place);
    for (const name of leftOver(place)) findings.push(`run ${run} (${job.name}, after ${own} kills): ${name} is left`);
    for (const name of new Set([...Object.keys(files), ...Object.keys(got)])) {
      if (files[name] !== got[name]) findings.push(`run ${run} (${job.name}, after ${own} kills): ${name} differs`);
    }
    kills += own;
    killed += Number(own > 0);
    rmSync(place, { recursive: true, force: true });
    onRun?.(run + 1, kills);
  }
  return { runs, kills, killed, findings };
}

/** Encoders, corpora, and what is run on them. */
function prepare(folder: string): Job[] {
  mkdirSync(folder, { recursive: true });
  const encoders = [writeTinyEncoder(path.join(folder, 'first'), { layers: 4 }), writeTinyEncoder(path.join(folder, 'second'), { layers: 3, seed: 7, placement: 'pre' })];
  const corpora = [200, 150].map((size, at) => {
    const file = path.join(folder, `corpus-${at}.csv`);
    const rows = Array.from({ length: size }, (_, i) => `${['animal', 'place', 'person'][i % 3]},"${WORDS[i % 7]} ${WORDS[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?",${['train', 'train', 'train', 'dev', 'test'][i % 5]}`);
    writeFileSync(file, `label,text,split\n${rows.join('\n')}\n`);
    return file;
  });
  const columns = ['--text-column', 'text', '--label-column', 'label', '--split-column', 'split'];
  const checkpoint = path.join(folder, 'checkpoint');
  writeTinyCheckpoint(checkpoint);
  writeFileSync(path.join(checkpoint, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);
  return [
    { name: 'run', args: ['run', ...encoders.flatMap((each) => ['--model', each]), ...corpora.flatMap((each) => ['--dataset', each]), ...columns, '--pooling', 'all,max,concat', '--protocol', 'leave-one-out,fit-train'] },
    { name: 'finetune', args: ['finetune', '--model', checkpoint, '--dataset', corpora[0]!, ...columns, '--pooling', 'mean', '--epochs', '3', '--objective', 'cea-all-negatives,classic', '--max-length', '12', '--batch-size', '16'] },
  ];
}

async function start({ args }: Job, place: string, killAfter: number | undefined): Promise<{ status: number | null; signal: string | null; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args, '--out', path.join(place, 'results'), '--cache', path.join(place, 'cache'), '--offline', '--quiet', '--threads', '1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { status, signal, err };
}

/** What must be the same: all but times and machine. */
function contents(place: string): Record<string, string> {
  const folder = path.join(place, 'results');
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(csv|md|jsonl)$/.test(name) && name !== 'timings.csv') : [];
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

/** What a run must not leave in its results folder. */
function leftOver(place: string): string[] {
  return readdirSync(path.join(place, 'results'), { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)\.|\.part$/.test(name));
}

/** Files of results whose last line is none. */
function tornFiles(place: string): string[] {
  return Object.entries(contents(place)).filter(([, text]) => !text.endsWith('\n')).map(([name]) => name);
}
