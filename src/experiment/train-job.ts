import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { SPLITS } from '../datasets/dataset.ts';
import { withClasses } from '../datasets/task.ts';
import { checkPoolings } from '../embed/static-poolings.ts';
import type { TrainedPooling } from '../embed/default-pooling.ts';
import { pooledVectors } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { checkFolder } from '../encoders/export-folder.ts';
import { promptColumn, tokenizerHash } from '../encoders/prompts.ts';
import { HarnessError, option, reason } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Progress } from '../progress.ts';
import type { Epoch } from '../results/curves.ts';
import { holderOf, takeLock } from '../files/lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import { runSettings, type FinetuneParams, type Trained } from '../training/finetune-params.ts';
import { finetune } from '../training/finetune.ts';
import { frozenWeights } from '../training/frozen.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { RunFolder, type RunState } from '../training/run-folder.ts';
import { openTrainable } from '../training/trainable.ts';
import { epochBytes, epochFile, fileName } from './epoch-vectors.ts';
import { checkTrainWords, lostWordsNote } from './lost-words.ts';
import { sampledWords, WORDS_PER_CLASS } from './sampled-words.ts';
import { isSaved, saveTrained, type SavedCell } from './save-trained.ts';
import type { PlannedResult, TrainedEncoder } from './planned-result.ts';
import { checkTrainable, tokenise } from './trained-inputs.ts';
import { frozenRow, trainedCells, trainedRow, type TrainedVector } from './trained-rows.ts';
import { curveOf, epochLine, scoreWord } from './training-curve.ts';
import { wordVectors } from './word-vectors.ts';

/** Increased when the same settings give other numbers than before: an older run then starts over. */
const TRAINING_VERSION = 2;

export interface CellParams extends PlannedResult, SavedCell {
  /** Folder of unfinished and finished runs. */
  readonly runs: string;
  /** Results folder, for vectors; undefined if none are kept. */
  readonly out: string | undefined;
  /** Keep the best weights in its folder: a choice requests one of the runs again, with `save`, without training again. */
  readonly keepWeights?: boolean | undefined;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Training starts, or resumes after an epoch. */
  readonly onTraining?: ((resumedAt: number | undefined) => void) | undefined;
}

export interface CellResult {
  readonly cells: readonly ScoredCell[];
  readonly curve: readonly Epoch[];
}

/** What determines a run, and its name. */
interface PlannedRun {
  readonly vector: TrainedVector;
  readonly run: Pick<FinetuneParams, 'trainer' | 'settings' | 'neighbours' | 'dataset' | 'identity'>;
  /** Hash of all that determines its numbers: the same command finds its run again. */
  readonly hash: string;
  readonly name: string;
}

function planRun({ target: { encoder, files }, dataset, second, pooling, objective, seed, choice }: PlannedResult): PlannedRun {
  const vector = vectorOf(encoder, pooling);
  const identity = {
    version: TRAINING_VERSION,
    encoder: encoder.fileHash,
    tokenizer: tokenizerHash(encoder),
    maxLength: encoder.maxLength,
    second:
      second === undefined
        ? undefined
        : createHash('sha256')
            .update(JSON.stringify([...second.labels]))
            .digest('hex'),
  };
  const trainer = {
    ...choice.trainer,
    // A static encoder stays on the CPU.
    device: encoder.device,
    files: dataset.seconds === undefined || OBJECTIVES[objective].needs.apart ? files : { ...files, pairs: true },
    spec: vector.spec,
    objective,
    objectiveOptions: choice.objectiveOptions,
    classes: dataset.task === 'regression' ? 1 : dataset.classes.length,
    seed,
    padId: padIdOf(encoder),
  };
  const run = { trainer, settings: choice.settings, neighbours: choice.neighbours, dataset, identity };
  const hash = createHash('sha256')
    .update(JSON.stringify(runSettings(run)))
    .digest('hex')
    .slice(0, 16);
  return { vector, run, hash, name: `${fileName(encoder.name)}-${fileName(dataset.key)}-${objective}-${seed}-${hash}` };
}

/** The rows of a training run as they will be, without scores: the frozen encoder's, then the trained one's. */
export function expectedRows(params: PlannedResult): Row[] {
  const { vector, hash } = planRun(params);
  const splits = SPLITS.filter((_, i) => params.dataset.split.includes(i));
  const shape = { vector, cut: undefined, epoch: '', hash };
  return [...splits.map((split) => frozenRow(params, split, shape)), ...splits.map((split) => trainedRow(params, split, shape))];
}

/**
 * Fine-tunes one encoder on one dataset with one objective and seed, and returns the results of the frozen encoder, then those of the
 * trained one.
 */
export async function finetuneCell(params: CellParams): Promise<CellResult> {
  const planned = planRun(params);
  const folder = new RunFolder(path.join(params.runs, planned.name));
  const release = await lockRun(params.runs, folder);
  try {
    return await trainCell(params, planned, folder);
  } finally {
    await release();
  }
}

async function trainCell(params: CellParams, { vector, run, hash }: PlannedRun, folder: RunFolder): Promise<CellResult> {
  const {
    target: { encoder },
    dataset,
    second,
    objective,
    seed,
    choice,
    progress,
    warn,
    save,
    signal,
  } = params;
  for (const line of checkTrainable(params)) warn(line);
  const { texts, cut, lost } = tokenise(encoder, dataset, { spec: vector.spec, apart: OBJECTIVES[objective].needs.apart });
  if (dataset.task === 'token-classification') {
    for (const line of lostWordsNote(encoder.name, dataset, lost!)) warn(line);
    checkTrainWords(encoder.name, dataset, lost!);
  }
  const sampled = dataset.task === 'token-classification' ? sampledWords(dataset, WORDS_PER_CLASS, seed).words : undefined;
  const before = await folder.peek();
  const pruned = before !== undefined && (await artifactsPruned(params, folder, before, hash));
  if (pruned)
    warn(`${dataset.key}: ${encoder.name} ${objective}: checkpoints of the epochs asked for were deleted by an earlier run; retraining.`);
  const isCached = before?.scores !== undefined && !pruned && !params.overwrite;
  if (params.overwrite || pruned) await folder.clear();
  const title = `${dataset.key}: ${encoder.name} ${objective}${choice.seeds.length > 1 ? ` seed ${seed}` : ''}${encoder.prompt === undefined ? '' : ` prompt ${promptColumn(encoder.prompt)}`}`;
  const trainRows = dataset.split.filter((each) => each === 0).length;
  const task = progress.task(title, trainRows * choice.settings.epochs, dataset.task === 'token-classification' ? 'sentences' : 'texts');
  if (isCached) progress.log(`${title}: already trained, read from the cache.`);
  let dev = '';
  let ended = isCached ? 'read from the cache' : '';
  let trained: Trained | undefined;
  const saves = !(await isSaved(params, hash));
  try {
    const result = await finetune({
      ...run,
      secondLabels: second?.labels,
      sampled,
      texts,
      folder,
      vectorsAt: choice.vectorsAt,
      signal,
      onTrained: saves ? (found) => void (trained = found) : undefined,
      onVectors: (epoch, vectors) => keepVectors(params, { epoch, hash, vectors }),
      onStart: ({ resumedAt, opened }) => {
        params.onTraining?.(resumedAt);
        for (const note of opened.notes) warn(note);
        if (resumedAt !== undefined) progress.log(`${title}: resuming interrupted run after epoch ${resumedAt}.`);
      },
      onNote: (note) => warn(`${title}: ${note}`),
      onStep: ({ epoch, texts: done, loss }) =>
        task.update((epoch - 1) * trainRows + done, `epoch ${epoch}/${choice.settings.epochs}, loss ${loss.toPrecision(4)}${dev}`),
      onEpoch: (record) => {
        dev = record.dev === undefined ? '' : `, dev ${scoreWord(record.dev)}`;
        progress.log(`${title}: ${epochLine(record)}`);
      },
    });
    if (save !== undefined && trained !== undefined) {
      const weights = folder.weights(result.best);
      const notes = await saveTrained({ cell: { ...params, save }, hash, spec: vector.spec, weights, result, trained, sampled, cut });
      for (const note of notes) warn(note);
      ended = 'saved';
    }
    if (params.keepWeights !== true) await folder.finish();
    return { cells: trainedCells(params, { vector, result, cut, lost, hash }), curve: curveOf(params, result, hash) };
  } finally {
    task.end(dev === '' ? ended : dev.replace(/^, /, ''));
  }
}

/** Throws OPTION for a part to freeze that no weight of the encoder belongs to. */
export async function checkFreeze({ files }: TrainedEncoder, freeze: readonly (string | number)[]): Promise<void> {
  if (freeze.length > 0) frozenWeights((await openTrainable(files)).weights, freeze);
}

function vectorOf(encoder: Encoder, pooling: TrainedPooling): TrainedVector {
  const { depth, published, name } = encoder;
  if (pooling === 'word') return wordVectors(encoder, name, { poolings: ['mean'], layers: 'last', layerMeans: [] })[0]!;
  const [vector] = pooledVectors({
    poolings: [pooling],
    layers: 'last',
    layerMeans: ['0..L'],
    depth,
    published: 'steps' in published ? published : undefined,
    encoder: name,
  });
  if (vector !== undefined) return vector;
  checkPoolings([pooling], { name, depth });
  throw new HarnessError('OPTION', {
    where: option('pooling'),
    what: `${name} has no pooling ${pooling}${'reason' in published ? `: ${published.reason}` : '.'}`,
    hint: 'Choose another pooling.',
  });
}

/** Token id for padding. It is masked, but still looked up in the table. */
function padIdOf({ tokenizer: { padId }, vocabulary = Infinity }: Encoder): number {
  return padId < vocabulary ? padId : 0;
}

/** Deletes the weights that a finished run has kept. */
export async function releaseWeights(params: CellParams): Promise<void> {
  const folder = new RunFolder(path.join(params.runs, planRun(params).name));
  if ((await folder.peek())?.scores !== undefined) await folder.finish();
}

/** Whether a run cannot be trained because another process trains it: that says nothing about the encoder. */
export function isTrainedElsewhere(error: unknown): boolean {
  return error instanceof HarnessError && error.code === 'TRAINING' && error.complaint.where?.endsWith(LOCK_END) === true;
}

const LOCK_END = '.lock';

/** Two processes training the same run would overwrite each other's epochs. Throws TRAINING if another process trains it. */
async function lockRun(runs: string, { path: folder }: RunFolder): Promise<() => Promise<void>> {
  const lock = `${folder}${LOCK_END}`;
  const release = await writable(runs, option('cache'), async () => {
    await makeFolder(runs);
    return takeLock(lock);
  });
  if (release !== undefined) return release;
  throw new HarnessError('TRAINING', {
    where: lock,
    what: `Another process is training this run (${await holderOf(lock)}).`,
    hint: 'Wait for it, then run the command again to use its results. If no such process exists, delete the file.',
  });
}

/** Whether requested files are missing: a trained encoder to save, an epoch's vectors. */
export async function lacksFiles(params: CellParams): Promise<boolean> {
  const { choice } = params;
  const { hash } = planRun(params);
  if (!(await isSaved(params, hash))) return true;
  return choice.vectorsAt.some((epoch) => !existsSync(vectorFile(params, { epoch, hash })));
}

/** Throws OUTPUT if the trained encoder could not be saved: before hours of training, not after. */
export async function checkSave(params: CellParams): Promise<void> {
  const { save, overwrite } = params;
  if (save === undefined || (await isSaved(params, planRun(params).hash))) return;
  await checkFolder({ out: save, overwrite });
}

/**
 * Whether files that are needed were deleted by an earlier, longer run: the weights to save, or vectors of epochs that were not requested
 * then.
 */
async function artifactsPruned(params: CellParams, folder: RunFolder, state: RunState, hash: string): Promise<boolean> {
  const { choice } = params;
  if (!(await isSaved(params, hash)) && state.scores !== undefined && !existsSync(folder.weights(state.best))) return true;
  return choice.vectorsAt.some(
    (epoch) => state.epochs.some((past) => past.epoch === epoch) && !existsSync(vectorFile(params, { epoch, hash })),
  );
}

interface VectorsOf {
  readonly epoch: number;
  readonly hash: string;
}

function vectorFile({ out, target, dataset, objective, seed }: CellParams, { epoch, hash }: VectorsOf): string {
  return epochFile(out!, { encoder: target.encoder.name, dataset: dataset.key, objective, seed, hash }, epoch);
}

async function keepVectors(params: CellParams, { epoch, hash, vectors }: VectorsOf & { readonly vectors: Matrix }): Promise<void> {
  const { dataset, second, pooling } = params;
  const file = vectorFile(params, { epoch, hash });
  const prompt = promptColumn(params.target.encoder.prompt) || undefined;
  const own = withClasses(dataset, option('vectorsAt'));
  const fields = second === undefined ? [own] : [own, second];
  const bytes = epochBytes({ vectors, epoch, pooling, prompt, split: dataset.split, fields });
  await writable(file, option('out'), async () => {
    await makeFolder(path.dirname(file));
    await writeAtomically(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}

/** An error of the file system as one line. */
async function writable<T>(place: string, folderOption: string, write: () => Promise<T>): Promise<T> {
  return write().catch((error: unknown) => {
    throw new HarnessError(
      'OUTPUT',
      {
        where: place,
        what: `It cannot be written (${reason(error)}).`,
        hint: `Free disk space or give another folder with ${folderOption}.`,
      },
      { cause: error },
    );
  });
}
