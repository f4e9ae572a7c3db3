import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { packageRoot } from '../src/home.ts';
import { randomInts, shuffleFront } from '../src/numeric/random.ts';
import { readRows } from '../src/results/csv.ts';
import { emobank, mrpc, sick, type Labelled, type Parts } from './shared-tasks.ts';
import { bertFolder, checkpointFolder } from './weights.ts';

const MAX_LENGTH = '256';
/**
 * Critical values of Student's t-distribution, two-sided, 95%, by degrees of freedom: the maximum difference of means in standard errors.
 */
const T95: Readonly<Record<number, number>> = { 2: 4.303, 4: 2.776, 6: 2.447, 8: 2.306, 10: 2.228, 12: 2.179 };

interface Task {
  readonly name: string;
  readonly objective: 'classic' | 'regression';
  readonly score: 'accuracy' | 'spearman';
  readonly rows: () => Parts<Labelled>;
  /** Default number of training rows. */
  readonly train: number;
}

const TASKS: readonly Task[] = [
  { name: 'mrpc', objective: 'classic', score: 'accuracy', train: 800, rows: mrpc },
  { name: 'sick', objective: 'regression', score: 'spearman', train: 500, rows: () => sick('relatedness') },
  { name: 'emobank', objective: 'regression', score: 'spearman', train: 500, rows: emobank },
];

/**
 * Short training runs on classes of pairs (MRPC), on numeric labels of pairs (SICK) and of texts (EmoBank) with several seeds, ours and the
 * same in torch: means, standard deviations over seeds, and whether the difference of means is within the variation over seeds. Arguments:
 * names of tasks (all), `encoder=L3|L6` (L3), `seeds=1,2,3`, `train=ROWS`, `epochs=3`, `rate=1e-4`, `ours` for ours only. PYTHON names an
 * interpreter with torch and transformers.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const given = new Map(words.map((word) => [word.split('=')[0]!, word.split('=')[1] ?? '']));
  const tasks = TASKS.filter(({ name }) => given.has(name));
  const encoder = given.get('encoder') === 'L6' ? checkpointFolder() : bertFolder('paraphrase-MiniLM-L3-v2');
  const settings = { seeds: given.get('seeds') ?? '1,2,3', epochs: given.get('epochs') ?? '3', rate: given.get('rate') ?? '1e-4' };
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-task-training-'));
  try {
    for (const task of tasks.length === 0 ? TASKS : tasks) {
      const train = Number(given.get('train') ?? task.train);
      const file = path.join(scratch, `${task.name}.jsonl`);
      const numbers = task.objective === 'regression';
      const rows = drawn(task.rows(), train).map((row) => ({ ...row, label: numbers ? Number(row.label) : row.label }));
      writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const count = (split: string) => rows.filter((row) => row.split === split).length;
      const sizes = `train ${count('train')}, dev ${count('dev')}, test ${count('test')}`;
      console.log(`${task.name}, ${path.basename(encoder)}: ${sizes}; ${settings.epochs} epochs, rate ${settings.rate}, ${task.score}`);
      const of = { ...settings, task, file, encoder, scratch, pairs: rows[0]!.b !== undefined };
      const ours = await here(of);
      say('here', ours);
      if (given.has('ours')) continue;
      const theirs = there(of);
      say('torch', theirs);
      compare(ours, theirs);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Training {
  readonly task: Task;
  readonly file: string;
  readonly encoder: string;
  readonly seeds: string;
  readonly epochs: string;
  readonly rate: string;
  readonly scratch: string;
  readonly pairs: boolean;
}

/** Of one seed, as fractions. */
interface Scores {
  readonly dev: number;
  readonly test: number;
}

interface Timed {
  readonly scores: readonly Scores[];
  readonly seconds: number;
}

async function here({ task, file, encoder, seeds, epochs, rate, scratch, pairs }: Training): Promise<Timed> {
  const { name, objective, score } = task;
  const out = path.join(scratch, `${name}-out`);
  const started = performance.now();
  const program = path.join(path.dirname(import.meta.dirname), 'bench', 'main.js');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--max-semi-space-size=1',
      program,
      'finetune',
      '--model',
      encoder,
      '--dataset',
      file,
      '--text-column',
      'a',
      ...(pairs ? ['--text-pair-column', 'b'] : []),
      '--label-column',
      'label',
      '--split-column',
      'split',
      ...(objective === 'regression' ? ['--task', 'regression'] : []),
      '--objective',
      objective,
      '--pooling',
      'mean',
      '--epochs',
      epochs,
      '--lr',
      rate,
      '--max-length',
      MAX_LENGTH,
      '--seed',
      seeds,
      '--out',
      out,
      '--format',
      'csv',
      '--cache',
      path.join(scratch, 'cache'),
      '--threads',
      String(availableParallelism()),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - started) / 1000;
  const { rows } = await readRows(path.join(out, 'results.csv'));
  rmSync(out, { recursive: true });
  const of = (split: string, seed: string): number => {
    const row = rows.find((each) => each.objective === objective && each.split === split && each.seed === seed)!;
    return score === 'spearman' ? Number(row.spearman) : Number(row.accuracy) / 100;
  };
  return { scores: seeds.split(',').map((seed) => ({ dev: of('dev', seed), test: of('test', seed) })), seconds };
}

function there({ task: { objective }, file, encoder, seeds, epochs, rate }: Training): Timed {
  const started = performance.now();
  const kind = objective === 'regression' ? 'regression' : 'classification';
  const { status, stdout, stderr } = spawnSync(
    process.env['PYTHON'] ?? 'python3',
    [
      path.join(packageRoot(), 'perf', 'peers', 'task_training.py'),
      encoder,
      file,
      kind,
      epochs,
      rate,
      seeds,
      String(availableParallelism()),
    ],
    { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } },
  );
  if (status !== 0) throw new Error(stderr);
  const scores = [...stdout.matchAll(/RESULT (.*)/g)].map(([, line]) => JSON.parse(line!) as Scores);
  return { scores, seconds: (performance.now() - started) / 1000 };
}

function say(who: string, { scores, seconds }: Timed): void {
  const of = (part: keyof Scores) => {
    const values = scores.map((each) => each[part]);
    const all = values.map((value) => value.toFixed(4)).join(' ');
    return `${part} ${all}, mean ${mean(values).toFixed(4)}, sd ${Math.sqrt(variance(values)).toFixed(4)}`;
  };
  console.log(`  ${who.padEnd(5)} ${of('dev')}; ${of('test')} (${seconds.toFixed(0)} s)`);
}

function compare({ scores: ours }: Timed, { scores: theirs }: Timed): void {
  const parts = (['dev', 'test'] as const).map((part) => {
    const [a, b] = [ours, theirs].map((scores) => scores.map((each) => each[part])) as [number[], number[]];
    const difference = mean(a) - mean(b);
    const error = Math.sqrt((variance(a) + variance(b)) / a.length);
    const most = T95[2 * a.length - 2]!;
    const said = Math.abs(difference) <= most * error ? 'within noise' : 'BEYOND NOISE';
    return `${part} ${difference.toFixed(4)} with a standard error of ${error.toFixed(4)}: ${said}`;
  });
  console.log(`  here less torch: ${parts.join('; ')} (95 %)`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** With n - 1. */
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/**
 * Train and dev are drawn from the rows of train, whose order is not random: the given number, and DEV; test is the first TEST of its own.
 */
const DEV = 200;
const TEST = 1000;

function drawn({ train, test }: Parts<Labelled>, count: number): (Labelled & { readonly split: string })[] {
  const order = shuffleFront([...train.keys()], randomInts(1), count + DEV).slice(0, count + DEV);
  return [
    ...order.map((at, place) => ({ ...train[at]!, split: place < count ? 'train' : 'dev' })),
    ...test.slice(0, TEST).map((row) => ({ ...row, split: 'test' })),
  ];
}
