import { trainingPasses, type Unit } from '../choosing/budget.ts';
import type { TrainingAsked, TrainingResult } from '../choosing/types.ts';
import { SPLITS, type Dataset } from '../datasets/dataset.ts';
import { trainPart } from '../datasets/train-part.ts';
import { HarnessError, reason } from '../errors.ts';
import type { RaceOutcomes } from '../choosing/score-of.ts';
import { splitOutcomes } from '../training/evaluate.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import type { ChoiceJournal } from './choice-journal.ts';
import type { Executor } from './executor.ts';
import type { Host } from './host.ts';
import { jobOf, scoredResults, type JobResult, type TrainJob } from './job.ts';
import { racedOutcomes } from './raced-outcomes.ts';
import { isOfCandidate } from './is-of-candidate.ts';
import { inputsOf } from './plan-scores.ts';
import type { PlannedTraining } from './plan-training.ts';
import { isTrainedElsewhere, type CellParams } from './train-job.ts';
import { checkTrainable } from './trained-inputs.ts';

/** A candidate of a race: its training run on the full training set with the first seed, from which the others are derived. */
export interface Racer extends Omit<PlannedTraining, 'expected'> {
  /** Encoder, with its prompt if it has several. */
  readonly name: string;
  readonly encoder: string;
  readonly prompt: string;
  /** Its training runs on the full training set, by seed. */
  readonly full: ReadonlyMap<number, Omit<PlannedTraining, 'expected'>>;
}

/** Surroundings of the race's training runs. */
export interface RaceHost {
  readonly forJobs: Omit<Host, 'files' | 'signal' | 'estimators'>;
  readonly executor: Executor;
  readonly signal: AbortSignal | undefined;
  readonly unit: Unit;
  readonly journal: ChoiceJournal;
  /** Weights of runs on the full training set are kept, for the one that is saved. */
  readonly keep: boolean;
  /** Start over if there are earlier runs. */
  readonly overwrite: boolean;
}

/** Minimum training texts: with fewer, fine-tuned scores vary too much to compare. */
const SMALLEST = 64;
/** Minimum average number of these per class. */
const OF_A_CLASS = 4;

/**
 * Smallest training sample worth starting a race with: as many texts as the objective can learn from. A small training set is used as a
 * whole.
 */
export function smallestPart({ cell }: Racer): number {
  const { dataset, choice } = cell;
  const train = splitSizes(dataset).train;
  let size = Math.max(SMALLEST, OF_A_CLASS * (dataset.task === 'regression' ? 1 : dataset.classes.length), choice.neighbours.k + 1);
  while (size < train && !canLearn(cell, size)) size *= 2;
  return Math.min(size, train);
}

function canLearn(cell: CellParams, size: number): boolean {
  const dataset = trainPart(cell.dataset, { size, seed: cell.choice.seeds[0]! });
  if (dataset.task === 'classification') {
    const train = [...dataset.labels].filter((_, row) => SPLITS[dataset.split[row]!] === 'train');
    if (new Set(train).size < 2) return false;
  }
  try {
    checkTrainable({ ...cell, dataset });
    return true;
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return false;
  }
}

export function splitSizes({ split }: Pick<Dataset, 'split'>): { readonly train: number; readonly dev: number; readonly test: number } {
  const [train = 0, dev = 0, test = 0] = SPLITS.map((_, at) => split.filter((each) => each === at).length);
  return { train, dev, test };
}

/** Text passes of a training run on a sample of train: test is embedded with the full training set, and after the last run. */
export function passesOf({ cell: { dataset, choice, objective } }: Racer, size: number, last = false): number {
  const { train, dev, test } = splitSizes(dataset);
  const byHead = OBJECTIVES[objective].predicts === 'head';
  return trainingPasses({ train: size, dev, test: size < train && !last ? 0 : test, epochs: choice.settings.epochs, byHead });
}

/** A step of the journal: the outcome of a training run. */
interface Kept {
  readonly result: TrainingValue;
  /** When it ended, in milliseconds of the choice. */
  readonly marked: number;
}

type TrainingValue =
  | {
      readonly kind: 'trained';
      readonly outcomes: OutcomesValue;
      readonly cost: number;
      readonly measured?: number;
      readonly fixed?: number;
    }
  | { readonly kind: 'late'; readonly cost: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly cost: number };

/** Outcomes without the truth of dev: it is the same for all. */
type OutcomesValue = { readonly predicted: readonly number[] | readonly (readonly number[])[] };

/**
 * Training runs of a race, one after the other: the same as those of `finetune`, in the same folder, on samples of train. Runs in the
 * journal are read, not run. Throws whatever ends the choice as a whole.
 */
export class RaceTrainings {
  readonly #racers: ReadonlyMap<string, Racer>;
  readonly #host: RaceHost;
  /** Truth of dev, as the first run returned it. */
  #marked: number;

  constructor(racers: readonly Racer[], host: RaceHost, marked: number) {
    this.#racers = new Map(racers.map((racer) => [racer.name, racer]));
    this.#host = host;
    this.#marked = marked;
  }

  /** When the last step ended, in milliseconds of the choice. */
  get marked(): number {
    return this.#marked;
  }

  /** Announces coming training runs, except those in the journal, and those whose weights are kept here. */
  announce = async (asked: readonly Omit<TrainingAsked, 'atMost'>[]): Promise<void> => {
    const { executor, journal } = this.#host;
    const left = asked.filter((each) => !this.#keepsWeights(each));
    const jobs = left.map((each) => partJob(this.#racers.get(each.candidate)!, each));
    await executor.announce(jobs.filter(({ id }) => journal.step(`train ${id}`) === undefined));
  };

  train = async (asked: TrainingAsked): Promise<TrainingResult> => {
    const racer = this.#racers.get(asked.candidate)!;
    const job = partJob(racer, asked);
    const step = `train ${job.id}`;
    const { journal } = this.#host;
    const kept = journal.step(step) as Kept | undefined;
    if (kept !== undefined) {
      this.#marked = kept.marked;
      return resultOf(kept.result, racer);
    }
    const result = await this.#run(racer, job, asked);
    const marked = journal.spentMs;
    const cost = this.#host.unit === 'ms' ? marked - this.#marked : passesOf(racer, asked.size, asked.last);
    this.#marked = marked;
    const value: TrainingValue = { ...result, cost };
    await journal.add(step, { result: value, marked });
    return resultOf(value, racer);
  };

  #keepsWeights({ candidate, size, last = false }: Pick<TrainingAsked, 'candidate' | 'size' | 'last'>): boolean {
    return this.#host.keep && (last || size === splitSizes(this.#racers.get(candidate)!.cell.dataset).train);
  }

  async #run(racer: Racer, job: TrainJob, { atMost, size, last = false }: TrainingAsked): Promise<Uncosted> {
    const { forJobs, signal, unit, overwrite, executor } = this.#host;
    const deadline =
      unit === 'ms' && atMost !== Infinity ? AbortSignal.timeout(Math.min(LONGEST_MS, Math.max(1, Math.ceil(atMost)))) : undefined;
    const begun = performance.now();
    let opened: { readonly ms: number; readonly whole: boolean } | undefined;
    try {
      const result = await executor.run(job, {
        ...forJobs,
        signal: signal !== undefined && deadline !== undefined ? AbortSignal.any([signal, deadline]) : (signal ?? deadline),
        onTraining: (resumedAt) => {
          opened ??= { ms: performance.now() - begun, whole: resumedAt === undefined };
        },
        files: { out: undefined, save: undefined, overwrite, keepWeights: this.#keepsWeights({ candidate: racer.name, size, last }) },
      });
      const outcomes = devOutcomes(result);
      // The duration of a resumed run is not a measurement of a whole one.
      if (unit === 'passes') return { kind: 'trained', outcomes, measured: passesOf(racer, size, last) };
      if (opened?.whole !== true) return { kind: 'trained', outcomes };
      return { kind: 'trained', outcomes, measured: performance.now() - begun, fixed: opened.ms };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (deadline?.aborted === true && error === deadline.reason) return { kind: 'late' };
      if (!isOfCandidate(error) || isTrainedElsewhere(error)) throw error;
      return { kind: 'failed', reason: reason(error) };
    }
  }
}

/** Maximum delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

type Uncosted =
  | { readonly kind: 'trained'; readonly outcomes: OutcomesValue; readonly measured?: number; readonly fixed?: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * A training run on a sample of train; on the full set it is the one that `finetune` runs, which scores test too: that score is not used
 * before the end.
 */
export function partJob(racer: Racer, { size, seed, last }: Pick<TrainingAsked, 'size' | 'seed' | 'last'>): TrainJob {
  const { job, cell } = racer.full.get(seed)!;
  if (size >= splitSizes(cell.dataset).train) return job;
  const { id: _whole, ...rest } = job;
  const dataset = trainPart(cell.dataset, { size, seed: cell.choice.seeds[0]!, test: last });
  return jobOf({ ...rest, part: size, ...(last === true && { partTest: true }), inputs: inputsOf(dataset, [cell.target.encoder]) });
}

function devOutcomes(result: JobResult): OutcomesValue {
  const dev = scoredResults(result).find(({ row }) => row.objective !== '' && row.split === 'dev');
  if (dev === undefined) throw new HarnessError('INTERNAL', { what: 'A fine-tuning run of the race has no dev scores.' });
  const { outcomes } = dev;
  return { predicted: outcomes.kind === 'multi' ? outcomes.predicted.map((set) => [...set]) : [...outcomes.predicted] };
}

function resultOf(value: TrainingValue, { cell: { dataset } }: Racer): TrainingResult {
  if (value.kind !== 'trained') return value;
  const { outcomes, cost, measured, fixed } = value;
  return { kind: 'trained', outcomes: outcomesOf(outcomes, dataset), cost, measured, fixed };
}

function outcomesOf({ predicted }: OutcomesValue, dataset: Dataset): RaceOutcomes {
  return racedOutcomes(splitOutcomes(dataset, { split: 'dev', predicted }));
}
