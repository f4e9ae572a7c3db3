import { existsSync } from 'node:fs';
import path from 'node:path';
import { CLASSIFIER_RECORD } from '../classifiers/record.ts';
import { saveClassifier } from '../classifiers/save.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { TrainedPooling } from '../embed/default-pooling.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { readTraining, type SavedScore } from '../encoders/training-record.ts';
import type { Trained } from '../training/finetune-params.ts';
import { TAG_SCORE_WORDS } from '../tags/tag-outcomes.ts';
import type { Finetuned } from '../training/finetune-run.ts';
import type { ObjectiveName } from '../training/objective.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import type { TrainableFiles } from '../training/trainable.ts';
import type { TrainedSpec } from '../training/word-vectors.ts';
import { tagScoreOf } from './raced-outcomes.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { TrainingChoice } from './training-choice.ts';

/** References as requested, for the model card. */
export interface CardSource {
  readonly encoder: EncoderRef;
  readonly dataset: DatasetRef;
}

/** One training run, as far as saving depends on it. */
export interface SavedCell {
  readonly target: { readonly encoder: Encoder; readonly files: TrainableFiles };
  /** With dev and test. */
  readonly dataset: Dataset;
  readonly pooling: TrainedPooling;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly choice: TrainingChoice;
  /** Folder for the classifier. */
  readonly save: string | undefined;
  readonly overwrite: boolean;
  /** Whether training texts are saved in that folder. Default: true. */
  readonly texts?: boolean | undefined;
  /** References as requested, for the model card in that folder. */
  readonly source?: CardSource | undefined;
}

/** A finished training run, with what saving needs. */
export interface FinishedTraining {
  readonly cell: SavedCell & { readonly save: string };
  /** Hash of the run. */
  readonly hash: string;
  readonly spec: TrainedSpec;
  /** File of the best weights. */
  readonly weights: string;
  readonly result: Finetuned;
  readonly trained: Trained;
  /** [words] of sentences, 1 if a word may be a neighbour. Default: all may. */
  readonly sampled?: Uint8Array | undefined;
  /** Number of truncated texts. */
  readonly cut: number;
}

/** Saves the classifier of a training run. Returns human-readable notes, one sentence each. Throws as `saveClassifier`. */
export function saveTrained({ cell, hash, spec, weights, result, trained, sampled, cut }: FinishedTraining): Promise<readonly string[]> {
  const { target, dataset, pooling, objective, seed, choice, save, overwrite, texts = true, source } = cell;
  return saveClassifier({
    out: save,
    overwrite,
    training: hash,
    ...target,
    weights,
    dataset,
    pooling,
    spec,
    objective,
    objectiveOptions: choice.objectiveOptions,
    seed,
    neighbours: choice.neighbours,
    result,
    trained,
    sampled,
    settings: settingsOf(cell, result),
    cut,
    texts,
    licence: licenceOf(source?.encoder),
    baseModel: hubIdOf(source?.encoder),
    hubDataset: source?.dataset.kind === 'hub' ? source.dataset.reference.id : undefined,
  });
}

/** Whether the folder already has this run's classifier, with or without its texts as requested. */
export async function isSaved({ save, overwrite, texts = true }: SavedCell, hash: string): Promise<boolean> {
  if (save === undefined) return true;
  if (overwrite || !existsSync(path.join(save, CLASSIFIER_RECORD))) return false;
  const record = await readTraining(save);
  return record?.training === hash && record.texts === texts;
}

/** Human-readable training settings. */
function settingsOf({ target, dataset, pooling, objective, seed, choice }: SavedCell, { best }: Finetuned): [string, string][] {
  const { settings, trainer, neighbours, objectiveOptions } = choice;
  const { epochs, lr, batchSize, schedule, warmup, clip, balanced, bestEpochBy } = settings;
  const { freeze, weightDecay, dropout, accumulate, mixedPrecision } = trainer;
  const { prompt, maxLength } = target.encoder;
  return [
    ['encoder', target.encoder.name],
    ['objective', objective],
    ['pooling', pooling],
    ['prompt', prompt === undefined ? 'none' : JSON.stringify(prompt.text)],
    ['length limit', maxLength === Infinity ? 'none' : `${maxLength} tokens`],
    ['epochs', `${epochs}, best by dev ${bestWord(dataset, bestEpochBy)}: ${best}`],
    ...(dataset.seconds === undefined
      ? []
      : [['pairs', OBJECTIVES[objective].needs.apart ? 'each text separately' : 'both texts jointly'] as [string, string]]),
    ['learning rate', `${lr}, ${schedule}, warm-up ratio ${warmup}`],
    ['batch size', accumulate === 1 ? String(batchSize) : `${batchSize}, gradients averaged over ${accumulate} batches`],
    ['weight decay', String(weightDecay)],
    ['gradient clipping', String(clip)],
    ['dropout', dropout === undefined ? 'as published' : String(dropout)],
    ...(mixedPrecision === undefined ? [] : [['matrix products in training', mixedPrecision] as [string, string]]),
    ...(balanced ? [['batches', 'balanced by class'] as [string, string]] : []),
    ...(freeze.length === 0 ? [] : [['frozen', freeze.join(', ')] as [string, string]]),
    ...optionsOf(objective, objectiveOptions),
    ...(dataset.task === 'regression'
      ? []
      : [['neighbours', `k ${neighbours.k}, ${neighbours.metric}, ${neighbours.votes} votes`] as [string, string]]),
    ['seed', String(seed)],
  ];
}

/** Dev score that selected the epoch. */
function bestWord(dataset: Dataset, by: 'micro' | 'macro'): string {
  if (dataset.task === 'regression') return 'Spearman';
  if (dataset.task === 'classification' || by === 'macro') return `${by}-F1`;
  return TAG_SCORE_WORDS[tagScoreOf(dataset)];
}

/** Options specific to the objective. */
function optionsOf(
  objective: string,
  { temperature, scale, margin, weight, secondWeight, multiLabel }: TrainingChoice['objectiveOptions'],
): [string, string][] {
  switch (objective) {
    case 'classic':
      return multiLabel ? [['loss', 'binary cross-entropy of each class']] : [['loss', 'cross-entropy']];
    case 'cosine':
      return [['loss', "mean squared error of the cosine of the two texts' vectors"]];
    case 'regression':
      return [['loss', 'mean squared error of standardised targets']];
    case 'supcon':
      return [['temperature of the loss', String(temperature)]];
    case 'prototypes':
      return [['scale', String(scale)]];
    case 'triplet':
      return [['margin', String(margin)]];
    case 'cea-multitask':
      return [['weights of the label fields', `${weight}, ${secondWeight}`]];
    default:
      return [];
  }
}

function licenceOf(ref: EncoderRef | undefined): { name: string; where: string } | undefined {
  const name = ref?.kind === 'entry' ? ref.entry.licence : undefined;
  return name === undefined ? undefined : { name, where: 'the registry' };
}

function hubIdOf(ref: EncoderRef | undefined): string | undefined {
  if (ref?.kind === 'entry') return ref.entry.hub;
  return ref?.kind === 'hub' ? /^(?:hf:)?([^@:]+)/.exec(ref.source)?.[1] : undefined;
}

/** A saved classifier. */
export interface SavedModel {
  readonly folder: string;
  /** On texts that it was not trained on, test first. */
  readonly scores: readonly SavedScore[];
}

/** Models saved by training runs, now or before. */
export async function savedModels(cells: readonly SavedCell[]): Promise<SavedModel[]> {
  const found: SavedModel[] = [];
  for (const { save } of cells) {
    if (save === undefined || !existsSync(path.join(save, CLASSIFIER_RECORD))) continue;
    found.push({ folder: save, scores: (await readTraining(save))?.scores ?? [] });
  }
  return found;
}
