import path from 'node:path';
import { trainingPasses } from '../../src/choosing/budget.ts';
import { SPLITS, type Split } from '../../src/datasets/dataset.ts';
import { CLASS_ESTIMATORS } from '../../src/estimators/estimators.ts';
import { finetune, rank, type ExperimentOptions } from '../../src/index.ts';
import { WHOLE, type Sizes } from './datasets.ts';
import { STUDY_FOLDERS, type ScreenJob, type StudyFolder, type StudyJob, type TrainJob } from './jobs.ts';
import { addWork, readWork, workKey, type WorkRow } from './work-record.ts';

export const MAX_LENGTH = 64;
const BATCH = 16;
/** Texts of test if its score is not used: it must not be empty. */
const UNTESTED = 20;

export interface WorkParams {
  /** Folder of the study. */
  readonly out: string;
  readonly cache: string;
  readonly threads: number;
  /** Texts of dev and test. */
  readonly held: Pick<Sizes, 'dev' | 'test'>;
  /** Where an encoder's weights are. */
  readonly weightsOf: (encoder: string) => string;
  /** A dataset with the given number of texts, as a file with a column `split`. */
  readonly dataOf: (key: string, sizes: Sizes, suffix: string) => Promise<string>;
  readonly say: (line: string) => void;
}

/** Does the missing work, saving each item before the next. */
export async function work(jobs: readonly StudyJob[], params: WorkParams): Promise<void> {
  const done = new Map<StudyFolder, ReadonlySet<string>>();
  for (const folder of STUDY_FOLDERS) done.set(folder, new Set((await readWork(recordFile(params.out, folder))).map(workKey)));
  const left = jobs.filter((job) => !done.get(job.folder)!.has(workKey(identity(job))));
  params.say(`${jobs.length - left.length} of ${jobs.length} work items are done.`);
  for (const [i, job] of left.entries()) {
    const row = job.kind === 'screen' ? await looked(job, params) : await trained(job, params);
    await addWork(recordFile(params.out, job.folder), row);
    params.say(`${i + 1} of ${left.length}: ${Object.values(row).filter(Boolean).join(' ')}`);
  }
}

export function recordFile(out: string, folder: StudyFolder): string {
  return path.join(out, folder, 'work.csv');
}

/** The columns of a work item's record that identify it, without its cost. */
export function identity(job: StudyJob): Omit<WorkRow, 'dev' | 'test' | 'texts' | 'seconds' | 'cpu_seconds'> {
  const { kind, encoder, dataset, train } = job;
  const piece = { kind, encoder, dataset, train: String(train) };
  if (job.kind === 'screen') return { ...piece, objective: '', lr: '', epochs: '', seed: '' };
  const { objective, lr, epochs, seed } = job;
  return { ...piece, objective, lr: String(lr), epochs: String(epochs), seed: String(seed) };
}

async function looked(job: ScreenJob, params: WorkParams): Promise<WorkRow> {
  const estimator = CLASS_ESTIMATORS.filter((name) => name !== 'leep');
  const asked = { ...(await opened(job, params)), estimator, pooling: ['mean', 'layermean'] as const, limit: { dev: 0, test: 0 } };
  return measured(job, async () => {
    const { failures } = await rank(asked, { ...host(job, params), policy: 'overwrite' });
    return { failures, dev: '', test: '', texts: job.train };
  });
}

/** A training run that was interrupted during its epochs is restarted: its cost would be unknown otherwise. */
async function trained(job: TrainJob, params: WorkParams): Promise<WorkRow> {
  const { objective, epochs } = job;
  const asked = { ...(await opened(job, params)), ...trainingOf(job), objective: [objective], seed: [job.seed] };
  return measured(job, async () => {
    // There is one result per seed: for different settings only the record is kept.
    const kept = job.folder === 'sweep' ? { out: undefined } : { policy: 'overwrite' as const };
    const { failures, rows } = await finetune(asked, { ...host(job, params), ...kept });
    const own = (split: Split) => rows.find((row) => row.objective === objective && row.split === split);
    const [train, dev, test] = SPLITS.map((split) => own(split)?.n ?? 0) as [number, number, number];
    const texts = trainingPasses({ train, dev, test, epochs, byHead: objective === 'classic' });
    return { failures, dev: String(own('dev')?.micro_f1 ?? ''), test: isTested(job) ? String(own('test')?.micro_f1 ?? '') : '', texts };
  });
}

/** Common hyperparameters, and those of their objective. */
export function trainingOf({ lr, epochs }: Pick<TrainJob, 'lr' | 'epochs'>) {
  return { pooling: 'mean', batchSize: BATCH, lr, epochs } as const;
}

/** What is selected on dev needs no test set: settings, and the first rounds of a race. */
function isTested({ train, folder }: StudyJob): boolean {
  return train === WHOLE && folder !== 'sweep';
}

async function opened(job: StudyJob, { held, weightsOf, dataOf }: WorkParams) {
  const { encoder, dataset, train, folder } = job;
  const sizes = { train, dev: held.dev, test: isTested(job) ? held.test : UNTESTED };
  // Work begun in one folder is not resumed in another: its cost would be unknown.
  const file = await dataOf(dataset, sizes, folder === 'sweep' ? '-sweep' : '');
  return { encoders: [`${encoder}=${weightsOf(encoder)}`], datasets: [file], splitColumn: 'split', maxLength: MAX_LENGTH };
}

function host({ folder }: StudyJob, { out, cache, threads }: WorkParams): ExperimentOptions {
  return { out: path.join(out, folder), cache, threads, offline: true };
}

/** The outcome of a work item, with its failures. */
interface Came extends Pick<WorkRow, 'dev' | 'test'> {
  readonly failures: readonly { readonly reason: string }[];
  readonly texts: number;
}

async function measured(job: StudyJob, run: () => Promise<Came>): Promise<WorkRow> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const { failures, dev, test, texts } = await run();
  // A study with gaps is not valid.
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join(' | '));
  const { user, system } = process.cpuUsage(before);
  const seconds = ((performance.now() - started) / 1e3).toFixed(1);
  return { ...identity(job), dev, test, texts: String(texts), seconds, cpu_seconds: ((user + system) / 1e6).toFixed(1) };
}
