import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { packageRoot } from '../src/home.ts';
import { randomInts } from '../src/numeric/random.ts';
import { OBJECTIVES } from '../src/training/objectives.ts';
import { DEFAULT_OBJECTIVE_OPTIONS } from '../src/training/options.ts';
import { batchesOf } from '../src/training/sampler.ts';
import { uniform } from '../src/training/seeds.ts';
import { checkpointFolder } from './weights.ts';

/** Input of both sides: the same weights, the same batches in the same order. */
export interface TrainingJob {
  readonly folder: string;
  readonly objective: 'classic' | 'cea-all-negatives';
  readonly classes: number;
  readonly seed: number;
  /** Default: as published. */
  readonly dropout?: number | undefined;
  /** Our embedding tables are updated densely, as in torch. */
  readonly dense: boolean;
  readonly threads: number;
  readonly lr: number;
  readonly clip: number;
  /** If the objective has one: our initialisation by the seed. */
  readonly head?: { readonly weight: readonly number[]; readonly bias: readonly number[] } | undefined;
  readonly batches: readonly { readonly ids: readonly (readonly number[])[]; readonly labels: readonly number[] }[];
}

const OBJECTIVES_TIMED = ['classic', 'cea-all-negatives'] as const;
const CLASSES = 6;
const WIDTH = 384;
const BATCH = 32;
const TOKENS = [16, 32, 128];
/** The fastest of these counts. */
const STEPS = 8;
const COMPARED = 3;
const TOLERANCE = 1e-4;
/** Ids below this are special tokens. */
const FIRST_ID = 1000;

/**
 * Training steps of all-MiniLM-L6-v2, ours and transformers on torch, each in its own process, alternating: batches of one length, then an
 * epoch over TREC-6. First, the losses of the two must agree. PYTHON names an interpreter with transformers. Arguments: rounds, then parts
 * of titles.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const [rounds = 1, ...wanted] = [Number(words[0] ?? 1), ...words.slice(1)];
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-training-'));
  const common = {
    folder: checkpointFolder(),
    classes: CLASSES,
    seed: 1,
    dense: false,
    threads: availableParallelism(),
    lr: 5e-5,
    clip: 5,
  };
  for (const objective of OBJECTIVES_TIMED) {
    const job = { ...common, objective, head: headOf(objective) };
    const cases = [
      ...TOKENS.map((tokens) => ({
        title: `${objective} ${BATCH} x ${tokens}`,
        batches: Array.from({ length: STEPS }, (_, i) => randomBatch(tokens, i)),
        whole: false,
      })),
      { title: `${objective} TREC-6 epoch`, batches: trec(), whole: true },
    ];
    for (const { title, batches, whole } of cases) {
      if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) continue;
      agree(scratch, title, { ...job, dropout: 0, dense: true, batches: batches.slice(0, COMPARED) });
      for (let round = 0; round < rounds; round++) {
        const [ours, theirs] = both(scratch, { ...job, batches });
        const of = ({ step, stepCpu, all, allCpu, peak }: Measured) =>
          (whole
            ? `${all.toFixed(1)} s (${allCpu.toFixed(1)} s of CPU)`
            : `${(1000 * step).toFixed(0)} ms (${(1000 * stepCpu).toFixed(0)} ms of CPU)`) + ` ${peak} MB`;
        const [time, processor] = whole
          ? [theirs.all / ours.all, theirs.allCpu / ours.allCpu]
          : [theirs.step / ours.step, theirs.stepCpu / ours.stepCpu];
        console.log(
          `${title.padEnd(32)} ours ${of(ours)} | torch ${of(theirs)} | ${time.toFixed(2)} times as fast, ${processor.toFixed(2)} in CPU, ${(theirs.peak / ours.peak).toFixed(2)} times less memory`,
        );
      }
    }
  }
  rmSync(scratch, { recursive: true });
}

interface Measured {
  /** The fastest step's seconds, and CPU seconds, user and system. */
  readonly step: number;
  readonly stepCpu: number;
  /** Of all steps together. */
  readonly all: number;
  readonly allCpu: number;
  readonly peak: number;
  readonly losses: readonly number[];
}

function both(scratch: string, job: TrainingJob): [Measured, Measured] {
  const file = path.join(scratch, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const ours = measure(process.execPath, [path.join(import.meta.dirname, 'training-step.js'), file, path.join(scratch, 'losses.json')]);
  const theirs = measure(process.env['PYTHON'] ?? 'python3', [
    path.join(packageRoot(), 'perf', 'peers', 'training_step.py'),
    file,
    path.join(scratch, 'losses.json'),
  ]);
  return [ours, theirs];
}

function measure(command: string, args: string[]): Measured {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  const value = (key: string) => Number(new RegExp(` ${key}=(\\S+)`).exec(stdout)?.[1]);
  return {
    step: value('step'),
    stepCpu: value('step_cpu'),
    all: value('all'),
    allCpu: value('all_cpu'),
    peak: value('peak_mb'),
    losses: JSON.parse(readFileSync(args.at(-1)!, 'utf8')) as number[],
  };
}

/** Without dropout the losses of the first steps are the same. */
function agree(scratch: string, title: string, job: TrainingJob): void {
  const [ours, theirs] = both(scratch, job);
  const worst = Math.max(...ours.losses.map((loss, i) => Math.abs(loss - theirs.losses[i]!) / Math.abs(theirs.losses[i]!)));
  if (!(worst <= TOLERANCE)) throw new Error(`${title}: losses are ${ours.losses.join(', ')} here and ${theirs.losses.join(', ')} there.`);
  console.log(`${title.padEnd(32)} losses of ${COMPARED} steps agree within ${worst.toExponential(1)}`);
}

function headOf(objective: TrainingJob['objective']): TrainingJob['head'] {
  const random = uniform(1);
  const [weight, bias] = OBJECTIVES[objective]
    .parameters({ width: WIDTH, classes: CLASSES, options: DEFAULT_OBJECTIVE_OPTIONS })
    .map(({ initial }) => [...initial(random)]);
  return weight === undefined || bias === undefined ? undefined : { weight, bias };
}

function randomBatch(tokens: number, seed: number): TrainingJob['batches'][number] {
  const draw = randomInts(seed + 1);
  return {
    ids: Array.from({ length: BATCH }, () => Array.from({ length: tokens }, () => draw(FIRST_ID, FIRST_ID + 20_000))),
    labels: Array.from({ length: BATCH }, (_, i) => i % CLASSES),
  };
}

/** The train texts in the batches of a first epoch; no batches if the texts are missing. */
function trec(): TrainingJob['batches'] {
  const file = path.join(
    process.env['EMBEDDING_BENCH_TREC'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'trec'),
    'train_5500.label',
  );
  if (!existsSync(file)) throw new Error(`There is no ${file}: set EMBEDDING_BENCH_TREC.`);
  const lines = readFileSync(file, 'latin1')
    .split('\n')
    .filter((line) => line !== '');
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(path.join(checkpointFolder(), 'tokenizer.json'), 'utf8')) as object, {});
  const ids = lines.map((line) => tokenizer.encode(line.slice(line.indexOf(' ') + 1)).ids as number[]);
  const names = lines.map((line) => line.slice(0, line.indexOf(':')));
  const classes = [...new Set(names)].toSorted();
  const labels = Int32Array.from(names, (name) => classes.indexOf(name));
  return batchesOf({ rows: [...lines.keys()], labels, batchSize: BATCH, seed: 1, epoch: 1, balanced: false }).map((rows) => ({
    ids: rows.map((row) => ids[row]!),
    labels: rows.map((row) => labels[row]!),
  }));
}
