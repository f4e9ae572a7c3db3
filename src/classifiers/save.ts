import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset, Split } from '../datasets/dataset.ts';
import { SPLITS } from '../datasets/dataset.ts';
import { specWidth, type VectorSpec } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { FolderAdditions } from '../encoders/export.ts';
import { exportTrained } from '../encoders/export-trained.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { TRAINING_RECORD, type TrainingRecord } from '../encoders/training-record.ts';
import { option } from '../errors.ts';
import { packageVersion } from '../home.ts';
import { own } from '../own.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { scoresOf, type Outcomes } from '../statistics/outcomes.ts';
import { writeSafetensors } from '../tensors/write-safetensors.ts';
import { splitOutcomes, type NeighbourSettings, type SplitScore } from '../training/evaluate.ts';
import type { Trained } from '../training/finetune-params.ts';
import type { Finetuned } from '../training/finetune-run.ts';
import type { ObjectiveName, ObjectiveOptions } from '../training/objective.ts';
import type { TrainableFiles } from '../training/trainable.ts';
import { calibrationError, fitTemperature, type ScoredTexts } from './calibration.ts';
import { modelCard } from './card.ts';
import { PLAIN_TOKENS, type PlainToken } from './card-code.ts';
import { headLogits, trainedHead, type Head } from './head.ts';
import { CLASSIFIER_CLASSES } from './hub-classes.ts';
import { writeHubFiles } from './hub-files.ts';
import { licenceIn, type Licence } from './licence.ts';
import { addLogits, canPool } from './logits-graph.ts';
import { CLASSIFIER_RECORD, HEAD_FILE, type ClassifierRecord } from './record.ts';
import { tooManyVectors, writeTrainTexts, type TrainTexts } from './train-texts.ts';
import { rowsOf, votedLogits } from './vote-logits.ts';

/** A training that is over, and where it goes. */
export interface SaveParams {
  readonly out: string;
  /** What is there already, and was saved before, is replaced. */
  readonly overwrite: boolean;
  /** Hash of all that decides the run. */
  readonly training: string;
  readonly encoder: Encoder;
  readonly files: TrainableFiles;
  /** Best weights, a safetensors file by the graph's names. */
  readonly weights: string;
  readonly dataset: Dataset;
  readonly pooling: string;
  readonly spec: VectorSpec;
  readonly objective: ObjectiveName;
  readonly objectiveOptions: ObjectiveOptions;
  readonly seed: number;
  readonly neighbours: NeighbourSettings;
  readonly result: Finetuned;
  readonly trained: Trained;
  /** How it was trained, by name, for the card. */
  readonly settings: readonly (readonly [string, string])[];
  /** Texts of the dataset that were longer than the limit. */
  readonly cut: number;
  /** Whether texts of train go into the folder. */
  readonly texts: boolean;
  /** What is known of the encoder's licence before its files are looked at, and its hub id. */
  readonly licence: Licence | undefined;
  readonly baseModel: string | undefined;
  /** Hub id of the dataset. */
  readonly hubDataset: string | undefined;
}

/**
 * Writes a trained encoder with all that it classifies by, as one folder that appears whole or not at all: graph, weights, tokenizer, head or
 * train vectors, calibration, card (docs/model-folder.md). Returns what a person should know, a sentence each. Throws as `exportTrained`.
 */
export async function saveClassifier(params: SaveParams): Promise<readonly string[]> {
  const { encoder, files, dataset, spec, out, overwrite, trained, objectiveOptions, texts: withTexts } = params;
  const head = trainedHead({ parameters: trained.parameters, classes: dataset.classes.length, scale: objectiveOptions.scale });
  const train = trainTexts(params);
  const { record, testCalibration } = await calibrated(params, { head, train });
  const hasLogits = head !== undefined && canPool(spec);
  const dropped = head === undefined ? undefined : tooManyVectors(train);
  const notes: string[] = [];
  if (head !== undefined && !hasLogits) {
    notes.push(`${out}: its graph has no logits, since ${option('pooling')} ${params.pooling} asks where words begin: it classifies here alone.`);
  }
  if (dropped !== undefined) notes.push(`${out}: ${dropped}.`);
  const additions: FolderAdditions = {
    graph: async (model, states) => {
      if (hasLogits) await addLogits(model, states, { spec, head, skip: skippedTokens(encoder) });
    },
    files: async (folder) => {
      const written = [TRAINING_RECORD, CLASSIFIER_RECORD];
      const { modelType, saysPooling } = await writeHubFiles({
        folder,
        from: files.folder,
        encoder,
        spec,
        width: tokenWidth(params),
        record,
        hasLogits,
      });
      if (modelType !== '' && !saysPooling && isPooledOtherwise(params)) notes.push(pooledOtherwise(params));
      if (head !== undefined) {
        await writeFile(path.join(folder, HEAD_FILE), headBytes(head));
        written.push(HEAD_FILE);
      }
      if (dropped === undefined) written.push(...(await writeTrainTexts(folder, train, { withTexts })));
      await writeFile(path.join(folder, CLASSIFIER_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
      const card = modelCard({
        ...(await cardOf(params, record)),
        hasLogits,
        hasPipeline: own(CLASSIFIER_CLASSES, modelType) !== undefined,
        isSentenceEncoder: saysPooling && files.onnx === undefined && skippedTokens(encoder) === 0,
        testCalibration,
        kept: keptLines({ withTexts, dropped }),
      });
      await writeFile(path.join(folder, 'README.md'), card);
      return [...written, 'README.md'];
    },
  };
  const exported = await exportTrained({
    ...files,
    prompt: encoder.prompt,
    weights: params.weights,
    without: Object.keys(trained.parameters),
    out,
    overwrite,
    record: trainingRecord(params),
    additions,
  });
  return [...exported, ...notes];
}

function keptLines({ withTexts, dropped }: { withTexts: boolean; dropped: string | undefined }): string[] {
  if (dropped !== undefined) return [`Neither texts nor vectors of train are in this folder: ${dropped}.`];
  return withTexts
    ? ['Texts of train are in this folder (train.jsonl), so that predictions can be explained by the nearest of them.']
    : ['No text of the data is in this folder: vectors and classes of train alone.'];
}

function trainTexts({ dataset, trained }: SaveParams): TrainTexts {
  const rows = rowsOfSplit(dataset, 'train');
  return {
    vectors: rowsOf(trained.vectors, rows),
    labelSets: rows.map((row) => labelsOfRow(dataset, row)),
    texts: rows.map((row) => dataset.texts[row]!),
  };
}

function rowsOfSplit({ split: splits }: Dataset, split: Split): number[] {
  return [...splits.keys()].filter((row) => SPLITS[splits[row]!] === split);
}

function labelsOfRow({ labels, labelSets }: Dataset, row: number): Int32Array {
  return labelSets?.[row] ?? labels.slice(row, row + 1);
}

interface Parts {
  readonly head: Head | undefined;
  readonly train: TrainTexts;
}

interface Calibrated {
  readonly record: ClassifierRecord;
  readonly testCalibration: { readonly before: number; readonly after: number } | undefined;
}

/** The classifier as its folder says it, its temperature fitted on dev. */
async function calibrated(params: SaveParams, parts: Parts): Promise<Calibrated> {
  const { encoder, dataset, pooling, neighbours: { k, metric, votes }, result } = params;
  const { prompt, maxLength } = encoder;
  const plain = {
    version: 1 as const,
    kind: parts.head === undefined ? ('neighbours' as const) : ('head' as const),
    classes: [...dataset.classes],
    multiLabel: dataset.labelSets !== undefined,
    pooling,
    maxLength: maxLength === Infinity ? null : maxLength,
    ...(prompt !== undefined && { prompt: { ...(prompt.name !== undefined && { name: prompt.name }), text: prompt.text } }),
    ...(parts.head?.unit === true && { unitVectors: true as const }),
    neighbours: { k, metric, votes },
    dataset: { name: dataset.key, hash: dataset.hash, labelField: dataset.labelField },
  };
  const scoredOf = (split: Split): SplitScore | undefined => result.scores.find((score) => score.split === split);
  const [dev, test] = [scoredOf('dev'), scoredOf('test')];
  if (dev === undefined) return { record: { ...plain, temperature: 1 }, testCalibration: undefined };
  const devTexts = await scoredTexts(params, 'dev', parts);
  const temperature = fitTemperature(devTexts);
  const errors = (texts: ScoredTexts, { predicted }: SplitScore) => {
    const given = plain.multiLabel ? [] : (predicted as readonly number[]);
    return {
      before: calibrationError(texts, { temperature: 1, predicted: given }),
      after: calibrationError(texts, { temperature, predicted: given }),
    };
  };
  const { before, after } = errors(devTexts, dev);
  const calibration = { split: 'dev' as const, texts: devTexts.truth.length, eceBefore: before, eceAfter: after };
  const testCalibration = test === undefined ? undefined : errors(await scoredTexts(params, 'test', parts), test);
  return { record: { ...plain, temperature, calibration }, testCalibration };
}

async function scoredTexts({ dataset, trained, neighbours }: SaveParams, split: Split, { head, train }: Parts): Promise<ScoredTexts> {
  const rows = rowsOfSplit(dataset, split);
  const vectors = rowsOf(trained.vectors, rows);
  const classes = dataset.classes.length;
  const multiLabel = dataset.labelSets !== undefined;
  const logits =
    head === undefined
      ? await votedLogits({
          train: train.vectors,
          labelSets: train.labelSets,
          queries: vectors,
          classes,
          multiLabel,
          neighbours,
          threads: neighbours.threads,
        })
      : headLogits(head, vectors);
  return { logits, classes, truth: rows.map((row) => labelsOfRow(dataset, row)), multiLabel };
}

function headBytes({ weight, bias }: Head): Uint8Array {
  const classes = bias.length;
  return writeSafetensors(
    [
      { name: 'head.weight', dtype: 'F32', shape: [classes, weight.length / classes], data: weight },
      { name: 'head.bias', dtype: 'F32', shape: [classes], data: bias },
    ],
    { format: 'pt' },
  );
}

function trainingRecord({ training, encoder, dataset, pooling, objective, seed, result, texts }: SaveParams): TrainingRecord {
  const shown = (['test', 'dev'] as const).flatMap((split) => result.scores.filter((score) => score.split === split));
  return {
    training,
    encoder: encoder.name,
    dataset: dataset.key,
    pooling,
    ...(encoder.prompt !== undefined && { prompt: encoder.prompt.text }),
    objective,
    seed,
    epoch: result.best,
    texts,
    scores: shown.map((score) => {
      const outcomes = splitOutcomes(dataset, score);
      const { low, high } = bootstrapIntervals(outcomes).microF1;
      return { split: score.split, metric: outcomes.kind === 'multi' ? 'micro-F1' : 'accuracy', score: scoresOf(outcomes).microF1, low, high };
    }),
  };
}

/** Numbers in a token's vector: those of a text's, where modules make it of others. */
function tokenWidth({ trained: { vectors }, spec }: SaveParams): number {
  return Math.round(vectors.cols / specWidth({ ...spec, published: undefined }, 1));
}

/** Whether an encoder was published with another pooling than the one that it was trained with. */
function isPooledOtherwise({ encoder: { published }, pooling }: SaveParams): boolean {
  return 'steps' in published && pooling !== 'as-published';
}

function pooledOtherwise({ out, pooling, encoder }: SaveParams): string {
  return (
    `${out} was trained with the pooling ${pooling}, and its modules.json, which sentence-transformers and as-published follow, is that of `
    + `${encoder.name}: use it with ${option('pooling')} ${pooling}, or train with ${option('pooling')} as-published.`
  );
}

type CardBasis = Omit<Parameters<typeof modelCard>[0], 'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'testCalibration' | 'kept'>;

async function cardOf(params: SaveParams, record: ClassifierRecord): Promise<CardBasis> {
  const { encoder, files, dataset, out, result, objective, settings, cut } = params;
  const train = rowsOfSplit(dataset, 'train');
  const trainCounts = dataset.classes.map(() => 0);
  for (const row of train) for (const label of labelsOfRow(dataset, row)) trainCounts[label]!++;
  const outcomesOf = (scores: readonly SplitScore[], split: Split): Outcomes | undefined => {
    const found = scores.find((score) => score.split === split);
    return found && splitOutcomes(dataset, found);
  };
  return {
    name: path.basename(path.resolve(out)),
    record,
    encoder: encoder.name,
    objective,
    settings,
    version: packageVersion(),
    texts: Object.fromEntries(SPLITS.map((split) => [split, rowsOfSplit(dataset, split).length])),
    sample: dataset.sample,
    trainCounts,
    splits: SPLITS.flatMap((split) => {
      const trained = outcomesOf(result.scores, split);
      return trained === undefined ? [] : [{ split, trained, frozen: outcomesOf(result.frozen, split) }];
    }),
    cut,
    total: dataset.texts.length,
    licence: params.licence ?? (await licenceIn(files.folder)),
    baseModel: params.baseModel,
    hubDataset: params.hubDataset,
    inputs: files.onnx === undefined ? encoder.inputs.filter(({ name }) => name === 'input_ids' || name === 'attention_mask') : encoder.inputs,
    firstPosition: encoder.positions.first,
    padId: encoder.tokenizer.padId,
    truncation: encoder.tokenizer.truncation,
    token: plainToken(params),
  };
}

/** The pooling, where a line of another program makes the same. */
function plainToken({ spec: { token, combine, layers, unit, published }, encoder }: SaveParams): PlainToken | undefined {
  const isPlain = combine === 'one' && layers[0] === encoder.depth && unit !== true && published === undefined && skippedTokens(encoder) === 0;
  return isPlain ? PLAIN_TOKENS.find((each) => each === token) : undefined;
}
