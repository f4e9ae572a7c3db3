import type { Dataset } from '../datasets/dataset.ts';
import { specName } from '../embed/vectors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { NeighbourSettings } from './neighbour-settings.ts';
import type { EpochRecord, RunFolder, RunState } from './run-folder.ts';
import type { Schedule } from './schedule.ts';
import type { TokenText } from './text-batch.ts';
import { isOfWords } from './word-vectors.ts';
import type { Opened, TrainerParams } from './trainer-params.ts';

/** How an encoder is fine-tuned. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly lr: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Warm-up ratio: fraction of the steps. */
  readonly warmup: number;
  /** Maximum global norm of the gradient. */
  readonly clip: number;
  readonly balanced: boolean;
  /** Dev F1 that selects the best epoch: for tags that of spans, else without O; for numbers Spearman's correlation is used. */
  readonly bestEpochBy: 'micro' | 'macro';
}

export interface FinetuneParams {
  readonly trainer: TrainerParams;
  readonly settings: TrainingSettings;
  readonly neighbours: NeighbourSettings;
  /** Has a train split; the best epoch is selected on its dev split, if there is one. */
  readonly dataset: Dataset;
  /** Class of each row in a second label field. */
  readonly secondLabels?: Int32Array | undefined;
  /** [words] of sentences, 1 if a word may be a neighbour. Default: all may. */
  readonly sampled?: Uint8Array | undefined;
  /**
   * Tokens of each text of the dataset, of each pair, or of each sentence; for pairs encoded separately those of all first texts, then of
   * all second ones.
   */
  readonly texts: readonly TokenText[];
  readonly folder: RunFolder;
  /** Further determinants of the numbers: hashes of encoder, tokenizer and data. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Epochs after which the vectors of all texts are passed to `onVectors`, which must not keep them. */
  readonly vectorsAt: readonly number[];
  readonly onVectors?: ((epoch: number, vectors: Matrix) => Promise<void>) | undefined;
  /** Receives the result of the best weights at the end of the run, also of one that had finished before. */
  readonly onTrained?: ((trained: Trained) => void) | undefined;
  readonly onStart?: ((run: { readonly resumedAt: number | undefined; readonly opened: Opened }) => void) | undefined;
  readonly onStep?: ((step: StepNews) => void) | undefined;
  readonly onEpoch?: ((epoch: EpochRecord) => void) | undefined;
  /** Receives human-readable notes: what a run had to do otherwise than asked. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Aborts the run after the current step, or batch of texts embedded; throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Outputs of a trained encoder with its best weights. */
export interface Trained {
  /** For all texts of the dataset, row i that of texts[i]; for sentences, for all words that have a vector, in order. */
  readonly vectors: Matrix;
  /** For sentences, the words of the dataset that these belong to. */
  readonly words?: readonly number[] | undefined;
  /** Values of the objective's parameters by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

export interface StepNews {
  readonly epoch: number;
  /** Finished batches of this epoch, and their total number. */
  readonly done: number;
  readonly total: number;
  readonly texts: number;
  /** Mean of the epoch so far. */
  readonly loss: number;
}

/** Everything that determines the numbers of a run. */
export function runSettings(
  params: Pick<FinetuneParams, 'trainer' | 'settings' | 'neighbours' | 'dataset' | 'identity'>,
): RunState['settings'] {
  const { trainer, settings, neighbours, dataset, identity } = params;
  // Published modules are identified by their hash: the location of their weights does not matter.
  const spec =
    isOfWords(trainer.spec) || trainer.spec.published === undefined ? trainer.spec : { ...trainer.spec, published: specName(trainer.spec) };
  const { files, threads: _threads, ...rest } = { ...trainer, spec };
  const { threads: _others, ...votes } = neighbours;
  // Under the option's original name: rows and stored epochs contain a hash of these settings.
  const { bestEpochBy: choose, ...others } = settings;
  const encoder = { firstLayers: files.firstLayers, familyOptions: files.options, pairs: files.pairs };
  return { ...rest, ...encoder, ...others, choose, ...votes, data: dataset.hash, ...identity };
}
