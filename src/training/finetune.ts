import type { Dataset } from '../datasets/dataset.ts';
import { bounded, HarnessError, option } from '../errors.ts';
import type { Scores } from '../statistics/scores.ts';
import { matrix, row, type Matrix } from '../numeric/matrix.ts';
import { checkEpoch } from './check-objective.ts';
import { embedRows, rowsOfSplits, scoreByHead, scoreByNeighbours, subset, type NeighbourSettings, type SplitScore } from './evaluate.ts';
import type { Objective, ObjectiveRun } from './objective.ts';
import { OBJECTIVES } from './objectives.ts';
import type { RunFolder, EpochRecord, RunState } from './run-folder.ts';
import { batchesOf } from './sampler.ts';
import { learningRate, type Schedule } from './schedule.ts';
import type { TokenText } from './text-batch.ts';
import type { Opened, TrainerParams } from './trainer-params.ts';
import { Trainer } from './trainer.ts';

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
  /** F1 on dev that decides which epoch is the best. */
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
  /** Tokens of each text of the data set. */
  readonly texts: readonly TokenText[];
  readonly folder: RunFolder;
  /** What else decides the numbers: hashes of encoder, tokenizer and data. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Epochs whose vectors of all texts are given to `onVectors`, for it to look at. */
  readonly vectorsAt: readonly number[];
  readonly onVectors?: ((epoch: number, vectors: Matrix) => Promise<void>) | undefined;
  readonly onStart?: ((run: { readonly resumedAt: number | undefined; readonly opened: Opened }) => void) | undefined;
  readonly onStep?: ((step: StepNews) => void) | undefined;
  readonly onEpoch?: ((epoch: EpochRecord) => void) | undefined;
  /** Ends the run after the step, or the batch of texts embedded, that is under way; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
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

export interface Finetuned {
  readonly epochs: readonly EpochRecord[];
  readonly best: number;
  /** By the weights of the best epoch. */
  readonly scores: readonly SplitScore[];
  /** By the encoder as it was before, by neighbours. */
  readonly frozen: readonly SplitScore[];
}

/**
 * Trains an encoder and scores it: epoch by epoch, each scored on dev and kept, the best by dev at the end scored on every split.
 * Goes on where an earlier run of the same settings in the same folder ended, to the same numbers. Throws DATA where there is nothing
 * to learn from, TRAINING where the loss is no number any more.
 */
export async function finetune(params: FinetuneParams): Promise<Finetuned> {
  const { folder } = params;
  await folder.make();
  const saved = await folder.read(runSettings(params));
  if (saved?.scores !== undefined) return { ...saved, scores: saved.scores };
  const trainer = await Trainer.open(params.trainer);
  try {
    return await new Run(params, trainer).complete(saved);
  } finally {
    await trainer.close();
  }
}

/** All that decides the numbers of a run. */
export function runSettings({ trainer, settings, neighbours, dataset, identity }: Pick<FinetuneParams, 'trainer' | 'settings' | 'neighbours' | 'dataset' | 'identity'>): RunState['settings'] {
  const { files, threads: _threads, ...rest } = trainer;
  const { threads: _others, ...votes } = neighbours;
  // Under the name that the option had first: rows and kept epochs hold a hash of these.
  const { bestEpochBy: choose, ...others } = settings;
  return { ...rest, firstLayers: files.firstLayers, familyOptions: files.options, ...others, choose, ...votes, data: dataset.hash, ...identity };
}

class Run {
  readonly #params: FinetuneParams;
  readonly #trainer: Trainer;
  readonly #objective: Objective;
  readonly #run: ObjectiveRun;
  readonly #train: readonly number[];
  /** Updates before each epoch, and after the last. */
  readonly #updates: readonly number[];

  constructor(params: FinetuneParams, trainer: Trainer) {
    const { dataset, secondLabels, settings, trainer: { objective, objectiveOptions: options, seed, accumulate } } = params;
    this.#params = params;
    this.#trainer = trainer;
    this.#objective = OBJECTIVES[objective];
    this.#run = this.#objective.start({ width: trainer.opened.width, classes: dataset.classes.length, options, labels: dataset.labels, labelSets: dataset.labelSets, secondLabels, seed });
    this.#train = rowsOfSplits(dataset, ['train']);
    const updates = [0];
    for (let epoch = 1; epoch <= settings.epochs; epoch++) updates.push(updates.at(-1)! + Math.ceil(this.#batches(epoch).length / accumulate));
    this.#updates = updates;
  }

  async complete(saved: RunState | undefined): Promise<Finetuned> {
    const { folder, settings, onStart } = this.#params;
    let state = saved ?? (await this.#begin());
    const last = state.epochs.at(-1)!.epoch;
    if (saved !== undefined && last > 0) {
      await this.#trainer.restore({ weights: folder.weights(last), moments: folder.moments(last) });
      this.#run.restore(await folder.readMemories(last, saved));
    }
    onStart?.({ resumedAt: saved === undefined ? undefined : last, opened: this.#trainer.opened });
    for (let epoch = last + 1; epoch <= settings.epochs; epoch++) state = await this.#epoch(state, epoch);
    return this.#end(state);
  }

  /** Scores of the encoder as it comes. */
  async #begin(): Promise<RunState> {
    const { dataset, neighbours, vectorsAt, onVectors, onEpoch, folder } = this.#params;
    const vectors = await this.#embed([...dataset.texts.keys()]);
    const at = vectors.data.findIndex((value) => !Number.isFinite(value));
    if (at !== -1) throw this.#broken(Math.floor(at / vectors.cols), vectors.data[at]!);
    if (vectorsAt.includes(0)) await onVectors?.(0, vectors);
    const frozen = await scoreByNeighbours(dataset, vectors, neighbours);
    const record: EpochRecord = { epoch: 0, step: 0, dev: frozen.find(({ split }) => split === 'dev')?.scores };
    const state: RunState = { settings: runSettings(this.#params), epochs: [record], best: 0, batches: 0, memories: {}, memoryShapes: {}, frozen };
    await folder.write(state);
    onEpoch?.(record);
    return state;
  }

  async #epoch(state: RunState, epoch: number): Promise<RunState> {
    const { settings: { lr, schedule, warmup, clip }, dataset, texts, folder, trainer: { accumulate, objective }, onStep, onEpoch, signal } = this.#params;
    const batches = this.#batches(epoch);
    const total = this.#updates.at(-1)!;
    const sums = { loss: 0, norm: 0, updates: 0, terms: 0, texts: 0 };
    let step = this.#updates[epoch - 1]!;
    let rate = 0;
    for (const [i, rows] of batches.entries()) {
      signal?.throwIfAborted();
      const companions = this.#run.companions({ epoch, step: i, rows, batch: rows.length });
      const place = { epoch, step: i, rows: [...rows, ...companions], batch: rows.length };
      sums.terms += this.#run.terms(place);
      const updates = (i + 1) % accumulate === 0 || i === batches.length - 1;
      rate = learningRate({ schedule, peak: lr, step, total, warmup });
      const { loss, vectors, gradientNorm } = await this.#trainer.step({
        texts: place.rows.map((each) => texts[each]!), feeds: this.#run.feeds(place), step: state.batches + i, update: updates ? { lr: rate, clip } : undefined,
      });
      if (!Number.isFinite(loss) || (gradientNorm !== undefined && !Number.isFinite(gradientNorm))) {
        const which = Number.isFinite(loss) ? 'gradient' : `loss is ${loss}, its gradient`;
        throw this.#diverged(`The ${which} is no finite number in batch ${i + 1} of epoch ${epoch}, at a learning rate of ${rate.toPrecision(3)}.`, epoch - 1);
      }
      this.#run.remember(place, vectors);
      sums.loss += loss;
      sums.texts += rows.length;
      if (gradientNorm !== undefined) {
        sums.norm += gradientNorm;
        sums.updates++;
        step++;
      }
      onStep?.({ epoch, done: i + 1, total: batches.length, texts: sums.texts, loss: sums.loss / (i + 1) });
    }
    checkEpoch({ objective: OBJECTIVES[objective], dataset: dataset.key, epoch, terms: sums.terms });

    const record: EpochRecord = { epoch, step, learningRate: rate, loss: sums.loss / batches.length, gradientNorm: sums.norm / sums.updates, dev: await this.#devScores(epoch) };
    const memories = this.#run.save();
    await this.#trainer.save({ weights: folder.weights(epoch), moments: folder.moments(epoch) });
    if (Object.keys(memories.tensors).length > 0) await folder.writeMemories(epoch, memories);
    const next: RunState = {
      ...state,
      epochs: [...state.epochs, record],
      best: this.#isBetter(record, state) ? epoch : state.best,
      batches: state.batches + batches.length,
      memories: memories.numbers,
      memoryShapes: Object.fromEntries(Object.entries(memories.tensors).map(([name, { dims }]) => [name, dims])),
    };
    await folder.write(next);
    onEpoch?.(record);
    return next;
  }

  /** Without a dev set the last epoch is taken. Of equal ones the earlier; the frozen encoder is none of them. */
  #isBetter({ dev }: EpochRecord, { epochs, best }: RunState): boolean {
    if (dev === undefined || best === 0) return true;
    const before = epochs.find(({ epoch }) => epoch === best)!.dev!;
    return this.#params.settings.bestEpochBy === 'macro' ? dev.macroF1 > before.macroF1 : dev.microF1 > before.microF1;
  }

  async #devScores(epoch: number): Promise<Scores | undefined> {
    const { dataset, vectorsAt, onVectors } = this.#params;
    const all = vectorsAt.includes(epoch) ? await this.#embedTrained([...dataset.texts.keys()], epoch, epoch - 1) : undefined;
    if (all !== undefined) await onVectors?.(epoch, all);
    const dev = rowsOfSplits(dataset, ['dev']);
    if (dev.length === 0) return undefined;
    const rows = this.#objective.predicts === 'head' ? dev : rowsOfSplits(dataset, ['train', 'dev']);
    const vectors = all === undefined ? await this.#embedTrained(rows, epoch, epoch - 1) : rowsOf(all, rows);
    return (await this.#score(rows, vectors)).find(({ split }) => split === 'dev')!.scores;
  }

  /** `vectors` are those of `rows`, and are taken over. */
  async #score(rows: readonly number[], vectors: Matrix): Promise<SplitScore[]> {
    const { dataset, neighbours, trainer: { objectiveOptions: options } } = this.#params;
    const part = subset(dataset, rows);
    if (this.#objective.predicts === 'knn') return scoreByNeighbours(part, vectors, neighbours);
    return scoreByHead({ dataset: part, vectors, objective: this.#objective, options, parameters: await this.#trainer.parameters() });
  }

  async #end(state: RunState): Promise<Finetuned> {
    const { dataset, folder } = this.#params;
    await this.#trainer.restore({ weights: folder.weights(state.best) });
    const all = [...dataset.texts.keys()];
    const scores = await this.#score(all, await this.#embedTrained(all, state.best, 0));
    await folder.write({ ...state, scores });
    return { ...state, scores };
  }

  #batches(epoch: number): number[][] {
    const { dataset, settings: { batchSize, balanced }, trainer: { seed } } = this.#params;
    return batchesOf({ rows: this.#train, labels: dataset.labels, batchSize, seed, epoch, balanced });
  }

  #embed(rows: readonly number[]): Promise<Matrix> {
    const { texts, signal } = this.#params;
    return embedRows({ trainer: this.#trainer, texts, rows, signal });
  }

  /** The same of an encoder that may have been broken by its last update. Throws TRAINING where it was. */
  async #embedTrained(rows: readonly number[], epoch: number, kept: number): Promise<Matrix> {
    const vectors = await this.#embed(rows);
    if (vectors.data.every(Number.isFinite)) return vectors;
    throw this.#diverged(`After epoch ${epoch} the encoder's vectors are no finite numbers, at a learning rate of ${this.#params.settings.lr}.`, kept);
  }

  /** The encoder has no vector of a text before it is trained at all. */
  #broken(text: number, value: number): HarnessError {
    const { dataset, trainer: { files: { name } } } = this.#params;
    const held = Number.isNaN(value) ? 'NaN' : 'an infinity';
    return new HarnessError('DATA', {
      where: name,
      what: `Its vector of text ${text + 1} ("${bounded(dataset.texts[text]!, 60)}") holds ${held} before any training.`,
      mend: 'Its numbers overflow on the way: take another export or number type.',
    });
  }

  /** `kept`: the epoch whose weights are there to go on from; 0: none. */
  #diverged(what: string, kept: number): HarnessError {
    const { folder, dataset } = this.#params;
    return new HarnessError('TRAINING', { where: dataset.key, what, mend: `Give a lower ${option('lr')}.${kept === 0 ? '' : ` What epoch ${kept} left is kept in ${folder.path}.`}` });
  }
}

function rowsOf(all: Matrix, rows: readonly number[]): Matrix {
  const some = matrix(rows.length, all.cols);
  for (const [i, each] of rows.entries()) some.data.set(row(all, each), i * all.cols);
  return some;
}
