import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Dataset } from '../src/datasets/dataset.ts';
import { withMissingSplits } from '../src/datasets/missing-splits.ts';
import { writeSafetensors } from '../src/embed/safetensors.ts';
import { pooledVectors, type PooledVector, type Pooling } from '../src/embed/vectors.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { exportTrained } from '../src/encoders/export-trained.ts';
import { wordStarts } from '../src/encoders/words.ts';
import { HarnessError } from '../src/errors.ts';
import type { Matrix } from '../src/numeric/matrix.ts';
import type { Progress } from '../src/report/progress.ts';
import type { Epoch } from '../src/results/curves.ts';
import type { Row } from '../src/results/row.ts';
import { checkObjective } from '../src/training/check-objective.ts';
import type { SplitScore } from '../src/training/evaluate.ts';
import { finetune, runSettings, type Finetuned } from '../src/training/finetune.ts';
import type { ObjectiveName } from '../src/training/objective.ts';
import { OBJECTIVES } from '../src/training/objectives.ts';
import { RunFolder, type EpochRecord } from '../src/training/run-folder.ts';
import type { TokenText } from '../src/training/text-batch.ts';
import type { TrainableFiles } from '../src/training/trainable.ts';
import { identityOf, rowOf } from './rows.ts';
import type { TrainingChoice } from './training-options.ts';

/** Goes up when the same settings come to other numbers than before: an older run is then begun anew. */
const TRAINING_VERSION = 1;

/** An encoder to be trained, and where its files are. */
export interface TrainedEncoder {
  readonly encoder: Encoder;
  readonly files: TrainableFiles;
}

/** A second label field of the same rows. */
export type SecondField = Pick<Dataset, 'labels' | 'classes' | 'labelField'>;

export interface CellParams {
  readonly target: TrainedEncoder;
  /** With dev and test. */
  readonly dataset: Dataset;
  readonly second: SecondField | undefined;
  readonly pooling: Pooling;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly choice: TrainingChoice;
  /** Folder of runs that are under way or over. */
  readonly runs: string;
  /** Results folder, for vectors. */
  readonly out: string;
  /** Folder for the trained encoder. */
  readonly save: string | undefined;
  readonly overwrite: boolean;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

export interface CellResult {
  readonly rows: readonly Row[];
  readonly curve: readonly Epoch[];
}

/** Trains one encoder on one data set with one objective and seed, and gives its rows: the frozen encoder's, then the trained one's. */
export async function finetuneCell(params: CellParams): Promise<CellResult> {
  const { target: { encoder, files }, dataset, second, pooling, objective, seed, choice, progress, warn, save } = params;
  const vector = vectorOf(encoder, pooling);
  const identity = {
    version: TRAINING_VERSION, encoder: encoder.fileHash, tokenizer: encoder.tokenizer.hash, maxLength: encoder.maxLength,
    second: second === undefined ? undefined : createHash('sha256').update(JSON.stringify([...second.labels])).digest('hex'),
  };
  const trainer = {
    ...choice.trainer, files, spec: vector.spec, objective, objectiveOptions: choice.objectiveOptions, classes: dataset.classes.length, seed, padId: encoder.tokenizer.padId,
  };
  const field = { name: dataset.labelField, labels: dataset.labels, classes: dataset.classes };
  const warnings = checkObjective({
    objective: OBJECTIVES[objective], options: choice.objectiveOptions, dataset: dataset.key, rows: [...dataset.split.keys()].filter((row) => dataset.split[row] === 0), field,
    labelSets: dataset.labelSets !== undefined, second: second && { name: second.labelField, ...second }, batchSize: choice.settings.batchSize,
  });
  for (const line of warnings) warn(line);
  const { texts, cut } = tokenise(encoder, dataset, vector);
  const run = { trainer, settings: choice.settings, neighbours: choice.neighbours, dataset, identity };
  const folder = new RunFolder(path.join(params.runs, runName(params, runSettings(run))));
  if (params.overwrite || (await lacksFiles(folder, params))) await folder.clear();
  const title = `${dataset.key}: ${encoder.name} ${objective}${choice.seeds.length > 1 ? ` seed ${seed}` : ''}`;
  const trainRows = dataset.split.filter((each) => each === 0).length;
  const task = progress.task(title, trainRows * choice.settings.epochs, 'texts');
  let dev = '';
  try {
    const result = await finetune({
      ...run, secondLabels: second?.labels, texts, folder,
      vectorsAt: choice.vectorsAt,
      onVectors: (epoch, vectors) => keepVectors(params, { epoch, vectors }),
      onStart: ({ resumedAt, opened }) => {
        for (const note of opened.notes) warn(note);
        if (resumedAt !== undefined) progress.log(`${title}: goes on after epoch ${resumedAt}.`);
      },
      onStep: ({ epoch, texts: done, loss }) => task.update((epoch - 1) * trainRows + done, `epoch ${epoch}/${choice.settings.epochs}, loss ${loss.toPrecision(4)}${dev}`),
      onEpoch: (record) => {
        dev = record.dev === undefined ? '' : `, dev ${percent(record.dev.microF1)}`;
        progress.log(`${title}: ${epochLine(record)}`);
      },
    });
    if (save !== undefined) await exportTrained({ ...files, weights: folder.weights(result.best), out: save, overwrite: params.overwrite });
    await folder.finish();
    return { rows: rowsOf(params, { vector, result, cut }), curve: curveOf(params, result) };
  } finally {
    task.end(dev.replace(/^, /, ''));
  }
}

/** Dev and test sets where the corpus has none. */
export function forTraining(dataset: Dataset, { shares, seeds }: TrainingChoice): Dataset {
  return withMissingSplits(dataset, { ...shares, seed: seeds[0]! });
}

function vectorOf({ depth, published, name }: Encoder, pooling: Pooling): PooledVector {
  const [vector] = pooledVectors({ poolings: [pooling], layers: 'last', layerMeans: ['0..L'], depth, published: 'token' in published ? published : undefined, encoder: name });
  if (vector !== undefined) return vector;
  throw new HarnessError('OPTION', { where: '--pooling', what: `${name} has no pooling ${pooling}${'reason' in published ? `: ${published.reason}` : '.'}`, mend: 'Give another.' });
}

function tokenise({ tokenizer, maxLength }: Encoder, { texts }: Dataset, { spec }: PooledVector): { texts: TokenText[]; cut: number } {
  let cut = 0;
  const tokens = texts.map((text): TokenText => {
    const { ids, total } = tokenizer.encode(text, maxLength);
    if (total > maxLength) cut++;
    if (spec.token !== 'word-mean') return { ids };
    const starts = wordStarts(text, tokenizer, ids.length - tokenizer.specials);
    return { ids, words: starts.map((start) => start + tokenizer.leading) };
  });
  return { texts: tokens, cut };
}

/** A name for all that decides a run: the same command finds its run again. */
function runName({ target, dataset, objective, seed }: CellParams, settings: object): string {
  const hash = createHash('sha256').update(JSON.stringify(settings)).digest('hex');
  return `${fileName(target.encoder.name)}-${fileName(dataset.key)}-${objective}-${seed}-${hash.slice(0, 16)}`;
}

/** A name that any file system takes. */
function fileName(name: string): string {
  return name.replaceAll(/[^\w.@-]+/g, '-');
}

/** A run that went further before has let go of what is asked for only now, weights to save or an epoch's vectors: it is done again. */
async function lacksFiles(folder: RunFolder, params: CellParams): Promise<boolean> {
  const state = await folder.peek();
  if (state === undefined) return false;
  if (params.save !== undefined && state.scores !== undefined && !existsSync(folder.weights(state.best))) return true;
  return params.choice.vectorsAt.some((epoch) => state.epochs.some((past) => past.epoch === epoch) && !existsSync(vectorFile(params, epoch)));
}

function vectorFile({ out, target, dataset, objective, seed }: CellParams, epoch: number): string {
  return path.join(out, 'vectors', fileName(target.encoder.name), fileName(dataset.key), `${objective}-seed${seed}`, `epoch-${epoch}.safetensors`);
}

async function keepVectors(params: CellParams, { epoch, vectors }: { epoch: number; vectors: Matrix }): Promise<void> {
  const { dataset } = params;
  const file = vectorFile(params, epoch);
  await mkdir(path.dirname(file), { recursive: true });
  const bytes = writeSafetensors(
    [
      { name: 'vectors', dtype: 'F32', shape: [vectors.rows, vectors.cols], data: vectors.data },
      { name: 'labels', dtype: 'I32', shape: [vectors.rows], data: dataset.labels },
      { name: 'split', dtype: 'U8', shape: [vectors.rows], data: dataset.split },
    ],
    { classes: JSON.stringify(dataset.classes), splits: 'train,dev,test', epoch: String(epoch) },
  );
  await writeFileAtomic(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function rowsOf({ target: { encoder }, dataset, objective, seed, choice: { neighbours } }: CellParams, { vector, result, cut }: { vector: PooledVector; result: Finetuned; cut: number }): Row[] {
  const identity = identityOf(encoder);
  const byNeighbours = ({ split, scores }: SplitScore): Row =>
    rowOf({ encoder: encoder.name, identity, dataset, vector, metric: neighbours.metric, textsCut: cut, score: { protocol: 'fit-train', split, k: neighbours.k, votes: neighbours.votes, index: 'exact', recall: undefined, scores } });
  const byHead = (score: SplitScore): Row => ({ ...byNeighbours(score), protocol: 'head', k: '', metric: '', votes: '', index: '' });
  const row = OBJECTIVES[objective].predicts === 'head' ? byHead : byNeighbours;
  return [...result.frozen.map(byNeighbours), ...result.scores.map((score) => ({ ...row(score), objective, seed: String(seed), epoch: String(result.best) }))];
}

function curveOf({ target: { encoder }, dataset, pooling, objective, seed }: CellParams, { epochs }: Finetuned): Epoch[] {
  return epochs.map((record) => ({ encoder: encoder.name, dataset: dataset.key, pooling, objective, seed, ...record }));
}

function epochLine({ epoch, loss, dev }: EpochRecord): string {
  const scores = dev === undefined ? '' : `dev ${percent(dev.microF1)}`;
  if (epoch === 0) return `before training${scores === '' ? '' : `, ${scores}`}`;
  return `epoch ${epoch}, loss ${loss!.toPrecision(4)}${scores === '' ? '' : `, ${scores}`}`;
}

function percent(fraction: number): string {
  return (100 * fraction).toFixed(2);
}
