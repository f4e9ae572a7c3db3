import { SPLITS, type Split } from '../datasets/dataset.ts';
import { pairMatrix } from '../embed/pair-rows.ts';
import { gigabytes } from '../encoders/memory.ts';
import { bounded, HarnessError, option } from '../errors.ts';
import { matrix, row, type Matrix } from '../numeric/matrix.ts';
import { macroTagScore, mainOf } from '../tags/tag-outcomes.ts';
import { checkEpoch } from './check-objective.ts';
import { tagsByHead, tagsByNeighbours } from './evaluate-words.ts';
import {
  embedRows,
  isOfNumbers,
  isOfTags,
  rowsOfSplits,
  scoreByHead,
  scoreByNeighbours,
  subset,
  type AnyScores,
  type SplitScore,
} from './evaluate.ts';
import { runSettings, type FinetuneParams } from './finetune-params.ts';
import { trainedItems, type TrainedItems } from './items.ts';
import type { Objective, ObjectiveRun } from './objective.ts';
import { OBJECTIVES } from './objectives.ts';
import type { EpochRecord, RunState } from './run-folder.ts';
import { batchesOf } from './sampler.ts';
import { learningRate } from './schedule.ts';
import { standardised, type TargetScale } from './target-scale.ts';
import { vectorsIn } from './text-batch.ts';
import type { Trainer } from './trainer.ts';
import type { CardChunks } from './trainer-params.ts';

/** Result of a fine-tuning run. */
export interface Finetuned {
  readonly epochs: readonly EpochRecord[];
  readonly best: number;
  /** With the weights of the best epoch. */
  readonly scores: readonly SplitScore[];
  /** With the encoder before training, by k-NN. */
  readonly frozen: readonly SplitScore[];
}

/** A fine-tuning run, new or resumed: its epochs, and what is stored after each. */
export class FinetuneRun {
  readonly #params: FinetuneParams;
  readonly #trainer: Trainer;
  readonly #objective: Objective;
  readonly #run: ObjectiveRun;
  readonly #items: TrainedItems;
  readonly #train: readonly number[];
  /** Only of numbers. */
  readonly #scale: TargetScale | undefined;
  /** Number of updates before each epoch, and after the last. */
  readonly #updates: readonly number[];

  constructor(params: FinetuneParams, trainer: Trainer) {
    const { dataset, secondLabels, settings, texts } = params;
    const { objective, objectiveOptions: options, seed, accumulate } = params.trainer;
    this.#params = params;
    this.#trainer = trainer;
    this.#objective = OBJECTIVES[objective];
    this.#items = trainedItems(dataset, texts);
    // A sentence without word vectors cannot be trained on.
    this.#train = rowsOfSplits(dataset, ['train']).filter((each) => vectorsIn(texts[each]!) > 0);
    this.#scale = dataset.task === 'regression' ? this.#objective.scale!(dataset, this.#train) : undefined;
    const learnt =
      dataset.task === 'regression'
        ? { classes: 1, targets: standardised(dataset.targets, this.#scale!) }
        : { classes: dataset.classes.length, labelSets: dataset.task === 'classification' ? dataset.labelSets : undefined, secondLabels };
    this.#run = this.#objective.start({ width: trainer.opened.width, options, labels: this.#items.labels, ...learnt, seed });
    const updates = [0];
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      updates.push(updates.at(-1)! + Math.ceil(this.#batches(epoch).length / accumulate));
    }
    this.#updates = updates;
  }

  async complete(saved: RunState | undefined): Promise<Finetuned> {
    const { folder, settings, onStart } = this.#params;
    let state = saved ?? (await this.#begin());
    const last = state.epochs.at(-1)!.epoch;
    const isOver = saved?.scores !== undefined;
    if (saved !== undefined && last > 0 && !isOver) {
      await this.#trainer.restore({ weights: folder.weights(last), moments: folder.moments(last) });
      this.#run.restore(await folder.readMemories(last, saved));
    }
    onStart?.({ resumedAt: saved === undefined || isOver ? undefined : last, opened: this.#trainer.opened });
    for (let epoch = last + 1; epoch <= settings.epochs; epoch++) state = await this.#epoch(state, epoch);
    return this.#end(state);
  }

  /** Scores of the encoder before training. */
  async #begin(): Promise<RunState> {
    const { dataset, vectorsAt, onVectors, onEpoch, folder } = this.#params;
    const rows = [...dataset.texts.keys()];
    const vectors = await this.#embed(rows);
    const at = vectors.data.findIndex((value) => !Number.isFinite(value));
    if (at !== -1) throw this.#broken(this.#rowOf(Math.floor(at / vectors.cols)), vectors.data[at]!);
    if (vectorsAt.includes(0)) await onVectors?.(0, vectors);
    // An objective without a head can predict before training: the curve starts with that.
    const first = this.#objective.needs.apart ? await this.#score(rows, vectors) : undefined;
    const frozen = await this.#byNeighbours(rows, vectors);
    const record: EpochRecord = { epoch: 0, step: 0, dev: (first ?? frozen).find(({ split }) => split === 'dev')?.scores };
    const none = { best: 0, batches: 0, memories: {}, memoryShapes: {} };
    const state: RunState = { ...none, settings: runSettings(this.#params), epochs: [record], frozen };
    await folder.write(state);
    onEpoch?.(record);
    return state;
  }

  async #epoch(state: RunState, epoch: number): Promise<RunState> {
    const { settings, dataset, texts, folder, trainer, onStep, onEpoch, onNote, signal } = this.#params;
    const { lr, schedule, warmup, clip } = settings;
    const { accumulate, objective } = trainer;
    const batches = this.#batches(epoch);
    const total = this.#updates.at(-1)!;
    const sums = { loss: 0, norm: 0, updates: 0, terms: 0, texts: 0 };
    let step = this.#updates[epoch - 1]!;
    let rate = 0;
    for (const [i, rows] of batches.entries()) {
      signal?.throwIfAborted();
      const batch = this.#items.of(rows);
      // Words have none: companions are whole texts.
      const companions = this.#run.companions({ epoch, step: i, rows: batch, batch: batch.length });
      const place = { epoch, step: i, rows: [...batch, ...companions], batch: batch.length };
      sums.terms += this.#run.terms(place);
      const updates = (i + 1) % accumulate === 0 || i === batches.length - 1;
      rate = learningRate({ schedule, peak: lr, step, total, warmup });
      const { loss, vectors, gradientNorm, chunkTokens, forCard } = await this.#trainer.step({
        texts: this.#textsOf([...rows, ...companions]).map((each) => texts[each]!),
        feeds: this.#run.feeds(place),
        step: state.batches + i,
        update: updates ? { lr: rate, clip } : undefined,
      });
      if (forCard !== undefined) onNote?.(chunksForCard({ ...forCard, batch: i + 1, epoch }));
      if (chunkTokens !== undefined) onNote?.(smallerChunks({ chunkTokens, batch: i + 1, epoch }));
      if (!Number.isFinite(loss) || (gradientNorm !== undefined && !Number.isFinite(gradientNorm))) {
        const which = Number.isFinite(loss) ? 'gradient' : `loss is ${loss}, its gradient`;
        const where = `in batch ${i + 1} of epoch ${epoch}, at a learning rate of ${rate.toPrecision(3)}`;
        throw this.#diverged(`The ${which} is not finite ${where}.`, epoch - 1);
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

    const means = { loss: sums.loss / batches.length, gradientNorm: sums.norm / sums.updates };
    const record: EpochRecord = { epoch, step, learningRate: rate, ...means, dev: await this.#devScores(epoch) };
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

  /** Without a dev set the last epoch is used. Of equal ones the earlier; the frozen encoder is not a candidate. */
  #isBetter({ dev }: EpochRecord, { epochs, best }: RunState): boolean {
    if (dev === undefined || best === 0) return true;
    const before = epochs.find(({ epoch }) => epoch === best)!.dev!;
    const { bestEpochBy } = this.#params.settings;
    return goodness(dev, bestEpochBy) > goodness(before, bestEpochBy);
  }

  async #devScores(epoch: number): Promise<AnyScores | undefined> {
    const { dataset, vectorsAt, onVectors } = this.#params;
    const all = vectorsAt.includes(epoch) ? await this.#embedTrained([...dataset.texts.keys()], epoch, epoch - 1) : undefined;
    if (all !== undefined) await onVectors?.(epoch, all);
    const dev = rowsOfSplits(dataset, ['dev']);
    if (dev.length === 0) return undefined;
    const rows = this.#objective.predicts === 'head' ? dev : rowsOfSplits(dataset, ['train', 'dev']);
    const vectors = all === undefined ? await this.#embedTrained(rows, epoch, epoch - 1) : rowsOf(all, rows);
    return (await this.#score(rows, vectors)).find(({ split }) => split === 'dev')!.scores;
  }

  /** `vectors` are those of `rows`, and are transferred. */
  async #score(rows: readonly number[], vectors: Matrix): Promise<SplitScore[]> {
    if (this.#objective.predicts === 'knn') return this.#byNeighbours(rows, vectors);
    const {
      dataset,
      trainer: { objectiveOptions: options },
    } = this.#params;
    const asked = { objective: this.#objective, options, vectors, parameters: await this.#trainer.parameters() };
    if (dataset.task !== 'token-classification') return scoreByHead({ ...asked, dataset: subset(dataset, rows), scale: this.#scale });
    return tagsByHead({ ...asked, dataset, words: this.#items.of(rows), splits: this.#splitsOf(rows) });
  }

  /** The same by k-NN in train. */
  async #byNeighbours(rows: readonly number[], vectors: Matrix): Promise<SplitScore[]> {
    const { dataset, neighbours, sampled } = this.#params;
    if (dataset.task !== 'token-classification') {
      const searched = this.#objective.needs.apart ? pairMatrix(vectors, 'neighbours') : vectors;
      return scoreByNeighbours(subset(dataset, rows), searched, neighbours);
    }
    return tagsByNeighbours({ dataset, words: this.#items.of(rows), vectors, splits: this.#splitsOf(rows), neighbours, sampled });
  }

  #splitsOf(rows: readonly number[]): Split[] {
    const { split } = this.#params.dataset;
    return SPLITS.filter((_, i) => rows.some((each) => split[each] === i));
  }

  async #end(state: RunState): Promise<Finetuned> {
    const { dataset, folder, onTrained } = this.#params;
    await this.#trainer.restore({ weights: folder.weights(state.best) });
    const all = [...dataset.texts.keys()];
    const vectors = await this.#embedTrained(all, state.best, 0);
    // Scoring transfers them.
    const words = dataset.task === 'token-classification' ? this.#items.of(all) : undefined;
    onTrained?.({ vectors: { ...vectors, data: vectors.data.slice() }, words, parameters: await this.#trainer.parameters() });
    const scores = await this.#score(all, vectors);
    await folder.write({ ...state, scores });
    return { ...state, scores };
  }

  #batches(epoch: number): number[][] {
    const {
      settings: { batchSize, balanced },
      trainer: { seed },
    } = this.#params;
    return batchesOf({ rows: this.#train, labels: this.#items.labels, batchSize, seed, epoch, balanced });
  }

  #embed(rows: readonly number[]): Promise<Matrix> {
    const { texts, signal } = this.#params;
    return embedRows({ trainer: this.#trainer, texts, rows: this.#textsOf(rows), signal });
  }

  /** The same for an encoder that may have been broken by its last update. Throws TRAINING if it was. */
  async #embedTrained(rows: readonly number[], epoch: number, kept: number): Promise<Matrix> {
    const vectors = await this.#embed(rows);
    if (vectors.data.every(Number.isFinite)) return vectors;
    const { lr } = this.#params.settings;
    throw this.#diverged(`After epoch ${epoch} the encoder's vectors are not finite, at a learning rate of ${lr}.`, kept);
  }

  /** Indices in `texts` of rows: for pairs encoded separately all first texts, then all second ones. */
  #textsOf(rows: readonly number[]): readonly number[] {
    return this.#objective.needs.apart ? [...rows, ...rows.map((each) => each + this.#params.dataset.texts.length)] : rows;
  }

  /** The row that a vector belongs to. */
  #rowOf(vector: number): number {
    let left = vector;
    return this.#params.texts.findIndex((text) => (left -= vectorsIn(text)) < 0) % this.#params.dataset.texts.length;
  }

  /** The encoder yields an invalid vector for a text before any training. */
  #broken(text: number, value: number): HarnessError {
    const {
      dataset,
      trainer: {
        files: { name },
      },
    } = this.#params;
    const held = Number.isNaN(value) ? 'NaN' : 'an infinity';
    return new HarnessError('DATA', {
      where: name,
      what: `Its vector of text ${text + 1} ("${bounded(dataset.texts[text]!, 60)}") holds ${held} before any training.`,
      hint: 'Its activations overflow: use another export or weight precision.',
    });
  }

  /** `kept`: the epoch whose weights are stored for resuming; 0: none. */
  #diverged(what: string, kept: number): HarnessError {
    const { folder, dataset } = this.#params;
    const left = kept === 0 ? '' : ` The state after epoch ${kept} is in ${folder.path}.`;
    return new HarnessError('TRAINING', { where: dataset.key, what, hint: `Give a lower ${option('lr')}.${left}` });
  }
}

/** Dropout masks depend on the chunks: the same numbers come only from the same chunks. */
function smallerChunks({ chunkTokens, batch, epoch }: { chunkTokens: number; batch: number; epoch: number }): string {
  return `The device's memory did not hold batch ${batch} of epoch ${epoch}: from there on, chunks have at most ${chunkTokens} tokens. Give ${option('chunkTokens')} ${chunkTokens} to train so from the start, and for the same numbers again.`;
}

function chunksForCard({ chunks, bytes, batch, epoch }: CardChunks & { readonly batch: number; readonly epoch: number }): string {
  return `Batch ${batch} of epoch ${epoch} runs in ${chunks} chunks, each within ${gigabytes(bytes)} of the card's memory by estimate, and so do others. A card of another size may have other chunks, and with them other dropout masks.`;
}

/** Score that selects an epoch: higher is better. An undefined correlation, of constant numbers, is the worst; in JSON it is null. */
function goodness(scores: AnyScores, by: 'micro' | 'macro'): number {
  if (isOfNumbers(scores)) return Number.isFinite(scores.spearman) ? scores.spearman : -Infinity;
  if (isOfTags(scores)) return by === 'macro' ? macroTagScore(scores) : mainOf(scores);
  return by === 'macro' ? scores.macroF1 : scores.microF1;
}

/** Words have no epoch vectors, and so no other vectors to take these from. */
function rowsOf(all: Matrix, rows: readonly number[]): Matrix {
  const some = matrix(rows.length, all.cols);
  for (const [i, each] of rows.entries()) some.data.set(row(all, each), i * all.cols);
  return some;
}
