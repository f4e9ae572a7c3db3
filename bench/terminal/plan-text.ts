import { FLOPS_A_THREAD } from '../../src/experiment/outline/embedding-cost.ts';
import { outline } from '../../src/experiment/outline/outline.ts';
import type { OutlinedWork } from '../../src/experiment/outline/outlined-work.ts';
import type { ChooseExperiment, Experiment } from '../../src/experiment/resolve/experiment.ts';
import { budgetFor, SCREEN_SHARE } from '../../src/experiment/screen-candidates.ts';
import type { Shard } from '../../src/experiment/shard.ts';
import type { Workspace } from '../../src/experiment/workspace.ts';
import { chooseIndex } from '../../src/knn/choose.ts';
import { fitRows } from '../../src/report/fit-columns.ts';
import { wrapped } from '../../src/report/wrapped.ts';
import { printable } from '../../src/report/text.ts';
import { encoderTitle, NO_TITLES } from '../../src/report/titles.ts';
import { objectiveTitle } from '../../src/report/words.ts';
import { CONCAT_ALL, splitCut } from '../../src/results/encoder-names.ts';
import type { Terminal } from '../command-module.ts';
import { flagged } from '../flags/flag-names.ts';

export interface PlanParams {
  readonly experiment: Experiment;
  readonly workspace: Workspace;
  readonly shard: Shard | undefined;
  readonly terminal: Pick<Terminal, 'out' | 'width'>;
  /** The table at its full width. */
  readonly wide: boolean;
}

const TIME = 'Time (estimated)';
/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = {
  Texts: 1,
  Results: 2,
  Estimates: 2,
  Maps: 2,
  'To run': 3,
  'To embed': 3,
  [TIME]: 4,
};

/** The human-readable plan of an experiment: nothing is downloaded or written. Throws what would end it. */
export async function planText({ experiment, workspace, shard, terminal: { out, width }, wide }: PlanParams): Promise<string> {
  const { work, encoders, datasets } = await outline(experiment, { workspace, shard });
  const made = experiment.command === 'rank' ? 'estimates' : experiment.command === 'map' ? 'maps' : 'results';
  const rows = work.reduce((sum, each) => sum + (each.rows ?? 0), 0);
  const total = work.every((each) => each.rows !== undefined) ? String(rows) : rows === 0 ? '?' : `At least ${rows}`;
  const seconds = work.reduce((sum, each) => sum + (each.seconds ?? 0), 0);
  // Cuts of an encoder are the same files.
  const whole = encoders.filter(({ name }, at) => encoders.findIndex((other) => baseOf(other.name) === baseOf(name)) === at);
  const fetched = [...whole, ...datasets].filter(({ availability }) => availability.state === 'download');
  const unknown = fetched.filter(({ availability }) => availability.bytes === undefined);
  const bytes = fetched.reduce((sum, { availability }) => sum + (availability.bytes ?? 0), 0);
  const missing = [...encoders, ...datasets].filter(({ availability }) => availability.state === 'missing');
  const threads = 'choice' in experiment ? experiment.choice.trainer.threads : experiment.settings.threads;
  const trains = work.some(({ training }) => training !== undefined);
  const done = trains ? (experiment.command === 'finetune' ? 'training' : 'embedding and training') : 'embedding';
  const minutes = `${formatDuration(seconds)} of ${done} on ${threads} threads (estimated at ${FLOPS_A_THREAD / 1e9} GFLOP/s per thread)`;
  const absent = encoders
    .filter(({ opened }) => opened === undefined)
    .map(({ name, depth }) => `${name}${depth === undefined || depth === 0 ? '' : ` (${depth} layers)`}`);
  const unread = datasets.filter((each) => (trains ? each.opened : each.texts) === undefined).map(({ name }) => name);
  const known = seconds > 0 ? `about ${minutes}, and ` : '';
  const { device } = experiment.opening;
  const onCard = device === undefined ? '' : ` on ${device} (its speed is unknown)`;
  const unopened = [...absent, ...unread];
  const untilThen = onCard !== '' && unopened.length === 0 ? '' : ` (time unknown until download): ${unopened.join(', ')}`;
  const all = work.some((each) => each.seconds === undefined) ? `${known}${done}${onCard}${untilThen}` : `about ${minutes}`;
  const largest = Math.max(0, ...datasets.map(({ texts }) => texts ?? 0));
  const toFetch = [
    ...(bytes > 0 ? [`${(bytes / 1e6).toFixed(1)} MB`] : []),
    ...(unknown.length > 0 ? [`${unknown.map(({ name }) => name).join(', ')} (size unknown until download)`] : []),
  ];
  return [
    flagged(
      fitRows({
        head: ['Encoder', 'Dataset', capitalised(made), 'Texts', trains ? 'To run' : 'To embed', TIME],
        rows: work.map(lineOf),
        names: 2,
        ruled: out.isTTY,
        width: wide ? Number.POSITIVE_INFINITY : (width ?? Number.POSITIVE_INFINITY),
        importance: IMPORTANCE,
      }),
    ),
    `${total} ${rows === 1 && total !== '?' ? made.slice(0, -1) : made}; ${all}.`,
    ...(experiment.command === 'run'
      ? [`Neighbour search: ${chooseIndex({ index: experiment.settings.index, rows: largest, queries: largest }).why}`]
      : []),
    ...(experiment.command === 'choose' ? chooseLines(experiment, work) : []),
    ...(experiment.command === 'rank' && experiment.budgetMs !== undefined
      ? [`At most about ${formatDuration(experiment.budgetMs / 1000)} (the budget).`]
      : []),
    fetched.length === 0 ? 'Nothing to download.' : `To download: ${toFetch.join(', and ')}. "?" is unknown until download.`,
    ...(missing.length === 0 ? [] : [`Unavailable (shown as –): ${missing.map(({ name }) => name).join(', ')}.`]),
    '',
  ]
    .map((line, at) => (at === 0 ? line : wrapped(line, width ?? Number.POSITIVE_INFINITY)))
    .join('\n');
}

function capitalised(word: string): string {
  return `${word[0]!.toUpperCase()}${word.slice(1)}`;
}

/** The plan of a choice: it needs at least one training run on the full training set. */
function chooseLines(experiment: ChooseExperiment, work: readonly OutlinedWork[]): string[] {
  const {
    budget: { unit, amount },
    datasets,
    choice,
    encoders,
  } = experiment;
  // Frozen scores come first, and take their share.
  const enough = (cost: number): number =>
    unit === 'passes' ? budgetFor(cost, experiment, encoders.length) : encoders.length === 1 ? cost : cost / (1 - SCREEN_SHARE);
  const least = datasets.map(({ name }): string => {
    const own = work.filter(({ dataset, training }) => dataset === name && training !== undefined);
    const costs = own.map((each) => (unit === 'ms' ? each.seconds : each.passes));
    const known = costs.filter((cost) => cost !== undefined);
    const said =
      known.length === 0
        ? 'unknown until download'
        : unit === 'ms'
          ? `about ${formatDuration(enough(Math.min(...known)))}`
          : `${enough(Math.min(...known))} passes of texts`;
    return `${name}: ${said}`;
  });
  const given = unit === 'ms' ? formatDuration(amount / 1000) : `${amount} passes of texts`;
  return [
    `At most one training per encoder on all of train. Within ${given}, frozen scores eliminate some, fine-tuning on samples of train others, and one ` +
      `is trained on all of it, with up to ${choice.seeds.length} ${choice.seeds.length === 1 ? 'seed' : 'seeds'}.`,
    `The smallest budget is one training on all of train, after the frozen scores (${least.join('; ')}); a useful budget is three times that or more.`,
  ];
}

function lineOf({ encoder, prompt, dataset, training, rows, texts, toRun, seconds }: OutlinedWork): string[] {
  const name = encoder === CONCAT_ALL ? encoderTitle(NO_TITLES, CONCAT_ALL) : encoder;
  const before = prompt === '' ? '' : ` (prompt ${prompt})`;
  const by = training === undefined ? '' : `, ${objectiveTitle(training.objective)} seed ${training.seed}`;
  return [
    printable(`${name}${before}${by}`),
    printable(dataset),
    String(rows ?? '?'),
    String(texts ?? '?'),
    String(toRun ?? texts ?? '?'),
    seconds === undefined ? '?' : formatDuration(seconds),
  ];
}

function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function baseOf(name: string): string {
  return splitCut(name).base;
}
