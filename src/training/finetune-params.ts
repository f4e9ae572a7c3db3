import type { Dataset } from '../datasets/dataset.ts';
import { specName } from '../embed/vectors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { NeighbourSettings } from './neighbour-settings.ts';
import type { EpochRecord, RunFolder, RunState } from './run-folder.ts';
import type { Schedule } from './schedule.ts';
import type { TokenText } from './text-batch.ts';
import { isOfWords } from './word-vectors.ts';
import type { Opened, TrainerParams } from './trainer-params.ts';

/** How an encoder is trained. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly lr: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Share of the steps in which the learning rate rises. */
  readonly warmup: number;
  /** Largest global norm of the gradient. */
  readonly clip: number;
  readonly balanced: boolean;
  /** F1 on dev that decides which epoch is the best: of tags that of spans, else without O; of numbers Spearman's correlation does. */
  readonly bestEpochBy: 'micro' | 'macro';
}

export interface FinetuneParams {
  readonly trainer: TrainerParams;
  readonly settings: TrainingSettings;
  readonly neighbours: NeighbourSettings;
  /** Has a train split; the epoch is chosen by its dev split where there is one. */
  readonly dataset: Dataset;
  /** Class of each row in a second label field. */
  readonly secondLabels?: Int32Array | undefined;
  /** [words] of sentences, 1 where a word may be a neighbour; if omitted, all may. */
  readonly sampled?: Uint8Array | undefined;
  /**
   * Tokens of each text of the dataset, of each pair, or of each sentence; of pairs that are read apart those of all first texts, then of
   * all second ones.
   */
  readonly texts: readonly TokenText[];
  readonly folder: RunFolder;
  /** What else decides the numbers: hashes of encoder, tokenizer and data. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Epochs whose vectors of all texts are given to `onVectors`, for it to look at. */
  readonly vectorsAt: readonly number[];
  readonly onVectors?: ((epoch: number, vectors: Matrix) => Promise<void>) | undefined;
  /** Takes what the best weights came to, once the run is over: also of one that was over before. */
  readonly onTrained?: ((trained: Trained) => void) | undefined;
  readonly onStart?: ((run: { readonly resumedAt: number | undefined; readonly opened: Opened }) => void) | undefined;
  readonly onStep?: ((step: StepNews) => void) | undefined;
  readonly onEpoch?: ((epoch: EpochRecord) => void) | undefined;
  /** Ends the run after the step, or the batch of texts embedded, that is under way; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What a trained encoder gives, by its best weights. */
export interface Trained {
  /** Of all texts of the dataset, row i that of texts[i]; of sentences, of all words that have one, in their order. */
  readonly vectors: Matrix;
  /** Of sentences, the words of the dataset that these are of. */
  readonly words?: readonly number[] | undefined;
  /** Values of the objective's own tensors by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

export interface StepNews {
  readonly epoch: number;
  /** Batches of this epoch that are done, of how many. */
  readonly done: number;
  readonly total: number;
  readonly texts: number;
  /** Mean of the epoch so far. */
  readonly loss: number;
}

/** All that decides the numbers of a run. */
export function runSettings(
  params: Pick<FinetuneParams, 'trainer' | 'settings' | 'neighbours' | 'dataset' | 'identity'>,
): RunState['settings'] {
  const { trainer, settings, neighbours, dataset, identity } = params;
  // Published modules are named by their hash: where their weights lie decides nothing.
  const spec =
    isOfWords(trainer.spec) || trainer.spec.published === undefined ? trainer.spec : { ...trainer.spec, published: specName(trainer.spec) };
  const { files, threads: _threads, ...rest } = { ...trainer, spec };
  const { threads: _others, ...votes } = neighbours;
  // Under the name that the option had first: rows and kept epochs hold a hash of these.
  const { bestEpochBy: choose, ...others } = settings;
  const encoder = { firstLayers: files.firstLayers, familyOptions: files.options, pairs: files.pairs };
  return { ...rest, ...encoder, ...others, choose, ...votes, data: dataset.hash, ...identity };
}
