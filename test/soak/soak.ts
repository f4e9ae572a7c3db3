import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inParallel } from '../../src/experiment/in-parallel.ts';
import { randomInts } from '../../src/numeric/random.ts';
import { MAIN } from '../bench/bench.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { TINY_VOCABULARY, writeTinyEncoder } from '../tiny-encoder.ts';

/**
 * Runs, rankings and trainings that are killed at random moments, with kill -9, and restarted until they complete. Each has its own cache,
 * so that embedding, search, estimates, steps and writing are all hit; the results must equal those of an uninterrupted one, to the byte.
 */

const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
/** Number of processes at once: one waits for the disk while another computes. */
const AT_ONCE = 3;
/** Number of restarts of a run that completed before its kill: on a busy machine the kill comes too late. */
const TRIES = 5;

export interface SoakParams {
  readonly folder: string;
  readonly runs: number;
  readonly seed: number;
  /** Kills per run: at least one, at most this many. */
  readonly mostKills?: number | undefined;
  readonly onRun?: ((done: number, kills: number) => void) | undefined;
  /** Receives differences as they are found. */
  readonly onFinding?: ((finding: string) => void) | undefined;
}

export interface Soaked {
  readonly runs: number;
  readonly kills: number;
  /** Runs that were killed at least once. */
  readonly killed: number;
  /** Differences, one line each. */
  readonly findings: readonly string[];
}

interface Job {
  readonly name: string;
  readonly args: readonly string[];
}

/** Result of an uninterrupted run. */
interface Reference {
  readonly files: Readonly<Record<string, string>>;
  /** From its first line of output, which comes when everything is opened and nothing computed, to its end. */
  readonly workMs: number;
  /** Files of results and cache at the end. */
  readonly count: number;
}

/** When a run is killed: a time after its first line, or at a number of files. */
type Moment = { readonly ms: number } | { readonly files: number };

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly err: string;
  readonly workMs: number;
}

type Draw = ReturnType<typeof randomInts>;

export async function soak({ folder, runs, seed, mostKills = 3, onRun, onFinding }: SoakParams): Promise<Soaked> {
  const jobs = prepare(folder);
  const references: Reference[] = [];
  for await (const each of inParallel(
    jobs.map((job) => () => undisturbed(job, path.join(folder, `${job.name}-whole`))),
    AT_ONCE,
  )) {
    references.push(each);
  }
  let [done, kills, killed] = [0, 0, 0];
  const findings: string[] = [];
  const tasks = Array.from({ length: runs }, (_, run) => async () => {
    const [job, reference] = [jobs[run % jobs.length]!, references[run % jobs.length]!];
    // With its own seed: independent of the other runs.
    const draw = randomInts(seed * 100_003 + run);
    const own = draw(1, mostKills);
    const place = path.join(folder, `run-${run}`);
    const found = await disturbed({ job, reference, name: `run ${run} (${job.name})`, place, draw, mostKills: own });
    kills += found.kills;
    killed += Number(found.kills > 0);
    findings.push(...found.findings);
    for (const finding of found.findings) onFinding?.(finding);
    onRun?.(++done, kills);
  });
  for await (const _ of inParallel(tasks, AT_ONCE));
  return { runs, kills, killed, findings };
}

async function undisturbed(job: Job, place: string): Promise<Reference> {
  const { status, err, workMs } = await start(job, place, undefined);
  if (status !== 0) throw new Error(`The undisturbed ${job.name} failed: ${err}`);
  return { files: contents(place), workMs, count: filesIn(place).length };
}

interface DisturbedParams {
  readonly job: Job;
  readonly reference: Reference;
  readonly name: string;
  readonly place: string;
  readonly draw: Draw;
  readonly mostKills: number;
}

/** Kills a job several times, lets it complete, and checks the results. */
async function disturbed(params: DisturbedParams): Promise<{ readonly kills: number; readonly findings: readonly string[] }> {
  const { job, reference, name, place, draw, mostKills } = params;
  const findings: string[] = [];
  for (let attempt = 1; ; attempt++) {
    let kills = 0;
    let left = reference.workMs;
    let stored = 0;
    for (;;) {
      const moment = kills < mostKills ? momentOf(draw, { left, there: filesIn(place).length, count: reference.count }) : undefined;
      const { status, signal, err, workMs } = await start(job, place, moment);
      if (signal === 'SIGKILL') {
        kills++;
        left = Math.max(reference.workMs / 4, left - workMs);
        stored = storedJobs(place).length;
        const torn = [...tornFiles(place), ...tornJobs(place)];
        if (torn.length > 0) findings.push(`${name}, killed at ${JSON.stringify(moment)}: torn ${torn.join(', ')}`);
        continue;
      }
      if (status !== 0) findings.push(`${name}, after ${kills} kills: status ${status}, ${err.trim()}`);
      break;
    }
    if (kills === 0 && attempt < TRIES) {
      rmSync(place, { recursive: true, force: true });
      continue;
    }
    const after = (what: string): void => void findings.push(`${name}, after ${kills} kills: ${what}`);
    for (const file of leftOver(place)) after(`${file} is left`);
    const got = contents(place);
    for (const file of new Set([...Object.keys(reference.files), ...Object.keys(got)])) {
      if (reference.files[file] !== got[file]) after(`${file} differs`);
    }
    if (stored > 0 && keptIn(place) === 0) after(`${stored} jobs were stored, and none was taken`);
    rmSync(place, { recursive: true, force: true });
    return { kills, findings };
  }
}

/** Kills by time hit computations, kills by files hit the moments after a write; the latter on a busy machine too. */
function momentOf(draw: Draw, { left, there, count }: { readonly left: number; readonly there: number; readonly count: number }): Moment {
  const ms = draw(0, Math.ceil(left));
  const isByFiles = draw(0, 1) === 1;
  return isByFiles && there + 1 < count ? { files: draw(there + 1, count - 1) } : { ms };
}

/** Encoders, corpora, and the commands run on them. */
function prepare(folder: string): Job[] {
  mkdirSync(folder, { recursive: true });
  const encoders = [
    writeTinyEncoder(path.join(folder, 'first'), { layers: 2 }),
    writeTinyEncoder(path.join(folder, 'second'), { layers: 3, seed: 7, placement: 'pre' }),
  ].flatMap((each) => ['--model', each]);
  const corpora = [120, 90].map((size, at) => {
    const file = path.join(folder, `corpus-${at}.csv`);
    writeFileSync(file, `label,text,split\n${Array.from({ length: size }, (_, i) => lineOf(i)).join('\n')}\n`);
    return file;
  });
  const columns = ['--text-column', 'text', '--label-column', 'label', '--split-column', 'split'];
  const datasets = [...corpora.flatMap((each) => ['--dataset', each]), ...columns];
  const checkpoint = path.join(folder, 'checkpoint');
  writeTinyCheckpoint(checkpoint);
  writeFileSync(path.join(checkpoint, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);
  const objectives = ['--objective', 'cea-all-negatives,classic', '--seed', '1,2'];
  const training = [...objectives, '--pooling', 'mean', '--epochs', '2', '--max-length', '12', '--batch-size', '16'];
  return [
    { name: 'run', args: ['run', ...encoders, ...datasets, '--pooling', 'all,max,concat', '--protocol', 'leave-one-out,fit-train'] },
    { name: 'rank', args: ['rank', ...encoders, ...datasets] },
    { name: 'finetune', args: ['finetune', '--model', checkpoint, '--dataset', corpora[0]!, ...columns, ...training] },
  ];
}

function lineOf(i: number): string {
  const text = `${WORDS[i % 7]} ${WORDS[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?`;
  return `${['animal', 'place', 'person'][i % 3]},"${text}",${['train', 'train', 'train', 'dev', 'test'][i % 5]}`;
}

async function start({ args }: Job, place: string, moment: Moment | undefined): Promise<Ended> {
  const folders = ['--out', path.join(place, 'results'), '--cache', path.join(place, 'cache')];
  const words = [MAIN, ...args, ...folders, '--offline', '--threads', '1'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  let begun: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (begun !== undefined) return;
    begun = performance.now();
    if (moment !== undefined) timer = killAt(child, place, moment);
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { status, signal, err, workMs: begun === undefined ? 0 : performance.now() - begun };
}

function killAt(child: ChildProcess, place: string, moment: Moment): NodeJS.Timeout {
  const kill = (): void => void child.kill('SIGKILL');
  if ('ms' in moment) return setTimeout(kill, moment.ms);
  return setInterval(() => {
    if (filesIn(place).length >= moment.files) kill();
  }, 3);
}

/** Files of a folder, by relative path; one that disappears during the listing is skipped. */
function filesIn(folder: string): string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name));
  } catch {
    return [];
  }
}

/** What must be the same: everything except measurements. */
function contents(place: string): Record<string, string> {
  const folder = path.join(place, 'results');
  const names = filesIn(folder)
    .map((file) => path.relative(folder, file))
    .filter((name) => /\.(csv|md|jsonl)$/.test(name));
  const same = names.filter((name) => name !== 'timings.csv' && name !== 'costs.csv').toSorted();
  return Object.fromEntries(same.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

/**
 * What must not remain: in the results no partial file, lock or marker; in the folders of trainings, which one process has at a time, no
 * weights either. Elsewhere in the cache a partial file may belong to another process, and is removed when old.
 */
function leftOver(place: string): string[] {
  const of = (folder: string, pattern: RegExp): string[] =>
    filesIn(path.join(place, folder)).filter((file) => pattern.test(path.basename(file)));
  const found = [...of('results', /^\.|\.part$/), ...of('cache/training', /\.(part|lock|guard)$|^epoch-/)];
  return found.map((file) => path.relative(place, file));
}

/** Result files whose last line is incomplete. */
function tornFiles(place: string): string[] {
  return Object.entries(contents(place))
    .filter(([, text]) => !text.endsWith('\n'))
    .map(([name]) => name);
}

function storedJobs(place: string): string[] {
  return filesIn(path.join(place, 'cache', 'jobs')).filter((file) => file.endsWith('.json'));
}

/** Stored jobs that do not match their hash. */
function tornJobs(place: string): string[] {
  return storedJobs(place).filter((file) => {
    const [hash, json = ''] = readFileSync(file, 'utf8').split('\n');
    return createHash('sha256').update(json).digest('hex') !== hash;
  });
}

/** Number of results that the last run did not have to compute, by its output. */
function keptIn(place: string): number {
  const file = path.join(place, 'results', 'run.json');
  if (!existsSync(file)) return 0;
  return (JSON.parse(readFileSync(file, 'utf8')) as { cells: { kept: number } }).cells.kept;
}
