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
import type { TrainedEncoder } from './planned-cell.ts';
import type { Opening, Reading, Workspace } from './workspace.ts';

/** What a job is run with: where its inputs come from, and who is told. */
export interface Host {
  readonly inputs: OpenedInputs;
  readonly workspace: Workspace;
  readonly threads: number;
  readonly tokenBudget: number;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Threads that estimate, shared by jobs; left out, each job has its own. */
  readonly estimators?: EstimatorThreads | undefined;
  /** Takes cells as they come, and the times so far, before the job is over: whoever keeps them loses no more than the running one. */
  readonly onCells?: ((cells: readonly ScoredCell[], timings: readonly Timing[]) => Promise<void>) | undefined;
  /** A training has begun, its encoder being open: after which epoch of an earlier run, if any. Not called where that was at its end. */
  readonly onTraining?: ((resumedAt: number | undefined) => void) | undefined;
  /** Where a training keeps what is no result: its trained encoder, vectors of epochs. */
  readonly files: TrainingFiles;
}

export interface TrainingFiles {
  /** Results folder, for vectors of epochs; undefined where none are kept. */
  readonly out: string | undefined;
  /** Folder for the trained encoder. */
  readonly save: string | undefined;
  /** Whether texts of train go along; if omitted, they do. */
  readonly texts?: boolean | undefined;
  /** Leave the best weights of a training where it keeps them: it can be saved afterwards without being trained again. */
  readonly keepWeights?: boolean | undefined;
  /** Begin anew where there is an earlier run. */
  readonly overwrite: boolean;
}

/** Encoders and datasets that jobs name, each opened once: planning looks at them, and jobs of one dataset follow each other. */
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

  /** Throws as opening does, and OPTION for a prompt that the encoder does not know. */
  async encoder(ref: EncoderRef, { prompt, ...rest }: Opening): Promise<Encoder> {
    const opening = unprompted(rest, prompt);
    const opened = await remembered(this.#encoders, JSON.stringify([ref, opening]), () => this.#workspace.openEncoder(ref, opening));
    return prompt === undefined ? opened : this.#workspace.prompted(opened, prompt);
  }

  /** An opened encoder with another prompt. Throws OPTION where it does not know it. */
  prompted(encoder: Encoder, prompt: PromptChoice): Encoder {
    return this.#workspace.prompted(encoder, prompt);
  }

  async trained(ref: EncoderRef, { prompt, ...rest }: Opening): Promise<TrainedEncoder> {
    const opening = unprompted(rest, prompt);
    const opened = await remembered(this.#trained, JSON.stringify([ref, opening]), () => this.#workspace.openTrained(ref, opening));
    return prompt === undefined ? opened : { ...opened, encoder: this.#workspace.prompted(opened.encoder, prompt) };
  }
}

/** With several prompts an encoder is opened once, without one. */
function unprompted(opening: Omit<Opening, 'prompt'>, prompt: PromptChoice | undefined): Opening {
  return prompt === undefined ? opening : { ...opening, prompt: NO_PROMPT };
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? open();
  known.set(key, found);
  return found;
}

/** What is here is not what a job was planned for. */
export class OtherInputs extends HarnessError {
  constructor(where: string, what: string) {
    super('DATA', { where, what, hint: 'Plan the experiment again.' });
  }
}

/** Throws DATA where what is here is not what the job was planned for. */
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
