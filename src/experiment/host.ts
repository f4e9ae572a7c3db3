import type { Dataset } from '../datasets/dataset.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT, tokenizerHash, type PromptChoice } from '../encoders/prompts.ts';
import { HarnessError } from '../errors.ts';
import type { EstimatorThreads } from '../estimators/estimator-threads.ts';
import type { Progress } from '../progress.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import type { Job } from './job.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { TrainedEncoder } from './planned-result.ts';
import type { Opening, Reading, Workspace } from './workspace.ts';

/** Surroundings of a job: sources of its inputs, and receivers of its messages. */
export interface Host {
  readonly inputs: OpenedInputs;
  readonly workspace: Workspace;
  readonly threads: number;
  readonly tokenBudget: number | undefined;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Threads for estimators, shared by jobs. Default: separate ones per job. */
  readonly estimators?: EstimatorThreads | undefined;
  /** Receives results as they come, and the timings so far, before the job is finished: at most the result in progress is lost. */
  readonly onCells?: ((cells: readonly ScoredCell[], timings: readonly Timing[]) => Promise<void>) | undefined;
  /**
   * Called when a training starts, its encoder being open, with the epoch that it resumes after, if any. Not called if an earlier run
   * has finished it.
   */
  readonly onTraining?: ((resumedAt: number | undefined) => void) | undefined;
  /** Where a training run puts files that are not results: its trained encoder, vectors per epoch. */
  readonly files: TrainingFiles;
}

export interface TrainingFiles {
  /** Results folder, for vectors per epoch; undefined if none are kept. */
  readonly out: string | undefined;
  /** Folder for the trained encoder. */
  readonly save: string | undefined;
  /** Whether training texts are saved with it. Default: true. */
  readonly texts?: boolean | undefined;
  /** Keep the best weights of a training run in its run folder, so that it can be saved later without training again. */
  readonly keepWeights?: boolean | undefined;
  /** Start over if there is an earlier run. */
  readonly overwrite: boolean;
}

/** Encoders and datasets that jobs refer to, each opened once: planning reads them, and jobs of one dataset follow each other. */
export class OpenedInputs {
  readonly #workspace: Workspace;
  readonly #encoders = new Map<string, Promise<Encoder>>();
  readonly #trained = new Map<string, Promise<TrainedEncoder>>();
  readonly #datasets = new Map<string, Promise<Dataset>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  dataset(ref: DatasetRef, reading: Reading): Promise<Dataset> {
    return remembered(this.#datasets, JSON.stringify([ref, reading]), () => this.#workspace.openDataset(ref, reading));
  }

  /** Throws what opening throws, and OPTION for a prompt unknown to the encoder. */
  async encoder(ref: EncoderRef, { prompt, ...rest }: Opening): Promise<Encoder> {
    const opening = unprompted(rest, prompt);
    const opened = await remembered(this.#encoders, JSON.stringify([ref, opening]), () => this.#workspace.openEncoder(ref, opening));
    return prompt === undefined ? opened : this.#workspace.prompted(opened, prompt);
  }

  /** An opened encoder with another prompt. Throws OPTION for an unknown prompt. */
  prompted(encoder: Encoder, prompt: PromptChoice): Encoder {
    return this.#workspace.prompted(encoder, prompt);
  }

  async trained(ref: EncoderRef, { prompt, ...rest }: Opening): Promise<TrainedEncoder> {
    const opening = unprompted(rest, prompt);
    const opened = await remembered(this.#trained, JSON.stringify([ref, opening]), () => this.#workspace.openTrained(ref, opening));
    return prompt === undefined ? opened : { ...opened, encoder: this.#workspace.prompted(opened.encoder, prompt) };
  }
}

/** With several prompts an encoder is opened once, without a prompt. */
function unprompted(opening: Omit<Opening, 'prompt'>, prompt: PromptChoice | undefined): Opening {
  return prompt === undefined ? opening : { ...opening, prompt: NO_PROMPT };
}

/** The value of an earlier call, unless that failed: a download may succeed the next time. */
function remembered<T>(known: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> {
  const there = known.get(key);
  if (there !== undefined) return there;
  const found = open();
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

/** Opens what a job reads, so that it finds it open. Throws what opening throws. */
export async function openInputs(job: Job, inputs: OpenedInputs): Promise<void> {
  await inputs.dataset(job.dataset, job.reading);
  for (const ref of job.encoders) await jobEncoder(job, ref, inputs);
}

/** An encoder of a job, opened as the job needs it. Throws what opening throws. */
export async function jobEncoder(job: Job, ref: EncoderRef, inputs: OpenedInputs): Promise<Encoder> {
  return isForTraining(job) ? (await inputs.trained(ref, job.opening)).encoder : inputs.encoder(ref, job.opening);
}

/** Whether a job opens its encoders as for fine-tuning: their checkpoints are then preferred to ONNX files. */
function isForTraining(job: Job): boolean {
  switch (job.kind) {
    case 'score':
    case 'concat':
      return job.trained;
    case 'train':
      return true;
    case 'estimate':
      return job.ofTrain !== undefined;
    case 'map':
      return false;
    default:
      return job satisfies never;
  }
}

/** The inputs on this machine differ from those that a job was planned with. */
export class OtherInputs extends HarnessError {
  constructor(where: string, what: string) {
    super('DATA', { where, what, hint: 'Plan the experiment again.' });
  }
}

/** Throws DATA if the inputs here differ from those that the job was planned with. */
export function checkInputs(
  { inputs, dataset: { name }, encoders }: Job,
  opened: { readonly dataset: Dataset; readonly encoders: readonly Encoder[] },
): void {
  if (opened.dataset.hash !== inputs.data) throw new OtherInputs(name, 'Its texts or labels have changed since the job was planned.');
  for (const [i, encoder] of opened.encoders.entries()) {
    const { file, tokenizer } = inputs.encoders[i]!;
    if (encoder.fileHash !== file || tokenizerHash(encoder) !== tokenizer) {
      throw new OtherInputs(encoders[i]!.name, 'Its files have changed since the job was planned.');
    }
  }
}
