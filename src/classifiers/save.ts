import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { specWidth } from '../embed/vectors.ts';
import { wordSpecWidth } from '../embed/word-specs.ts';
import type { FolderAdditions } from '../encoders/export.ts';
import { exportTrained } from '../encoders/export-trained.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { TRAINING_RECORD, type TrainingRecord } from '../encoders/training-record.ts';
import { HarnessError, option } from '../errors.ts';
import { lengthBranches } from '../graph/length-branches.ts';
import { own } from '../own.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { countInterval } from '../statistics/count-interval.ts';
import { ofClasses, scoresOf } from '../statistics/outcomes.ts';
import { spearman } from '../statistics/rank-correlation.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import { writeSafetensors } from '../tensors/write-safetensors.ts';
import { mainOf, mainTagScore, TAG_SCORE_WORDS, tagCounts, tagScores } from '../tags/tag-outcomes.ts';
import { splitOutcomes } from '../training/evaluate.ts';
import { isOfWords } from '../training/word-vectors.ts';
import { calibrated, trainTexts } from './calibrate.ts';
import { modelCard } from './card.ts';
import { cardOf } from './card-params.ts';
import { trainedHead, type Head } from './head.ts';
import { numberCard } from './number-card.ts';
import { numberHead, numberRecord, type NumberSaveParams } from './number-model.ts';
import { CLASSIFIER_CLASSES, TAGGER_CLASSES } from './hub-classes.ts';
import { writeHubFiles } from './hub-files.ts';
import { addLogits, canPool } from './logits-graph.ts';
import { CLASSIFIER_RECORD, HEAD_FILE, type ClassifierRecord } from './record.ts';
import type { ClassSaveParams, SaveParams } from './save-params.ts';
import { tagCard } from './tag-card.ts';
import { tagModel, type TagSaveParams } from './tag-model.ts';
import { tooManyVectors, writeTrainTexts, type TrainTexts } from './train-texts.ts';

/**
 * Saves a trained encoder with everything that it classifies with, as one folder, atomically: graph, weights, tokenizer, head or training
 * vectors, calibration, model card (docs/model-folder.md). Returns human-readable notes, one sentence each. Throws as `exportTrained`.
 */
export async function saveClassifier(params: SaveParams): Promise<readonly string[]> {
  const { encoder, files, dataset, spec, out, overwrite, trained, texts: withTexts } = params;
  const { head, record, train, cardText } = await partsOf(params);
  const hasLogits = head !== undefined && canPool(spec);
  const dropped = head === undefined || train === undefined ? undefined : tooManyVectors(train);
  const notes: string[] = [];
  if (head !== undefined && !hasLogits) {
    notes.push(
      `${out}: its graph has no logits, because ${option('pooling')} ${params.pooling} needs word boundaries: only this program can classify with it.`,
    );
  }
  if (dropped !== undefined) notes.push(`${out}: ${dropped}.`);
  let blocksAbove: number | undefined;
  const additions: FolderAdditions = {
    graph: async (model, states) => {
      blocksAbove = lengthBranches(model)?.above;
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
      if (train !== undefined && dropped === undefined)
        written.push(...(await writeTrainTexts(folder, train, { withTexts: withTexts && record.words === undefined })));
      await writeFile(path.join(folder, CLASSIFIER_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
      const card = await cardText({
        hasLogits,
        hasPipeline: own(record.words === undefined ? CLASSIFIER_CLASSES : TAGGER_CLASSES, modelType) !== undefined,
        isSentenceEncoder: saysPooling && files.onnx === undefined && skippedTokens(encoder) === 0,
        blocksAbove,
        kept: keptLines({ train, withTexts: withTexts && record.words === undefined, dropped, words: record.words !== undefined }),
      });
      await writeFile(path.join(folder, 'README.md'), card);
      return [...written, 'README.md'];
    },
  };
  const exported = await exportTrained({
    ...files,
    prompt: encoder.prompt,
    weights: params.weights,
    pairs: dataset.seconds === undefined || record.cosine !== undefined ? undefined : true,
    without: Object.keys(trained.parameters),
    out,
    overwrite,
    record: trainingRecord(params),
    additions,
  });
  return [...exported, ...notes];
}

/** Facts of a card that are known only once the folder is written. */
type CardFacts = Pick<Parameters<typeof modelCard>[0], 'hasLogits' | 'hasPipeline' | 'isSentenceEncoder' | 'blocksAbove' | 'kept'>;

/** The parts that make a folder a classifier, or a model of numbers. */
interface Parts {
  readonly head: Head | undefined;
  readonly record: ClassifierRecord;
  /** undefined: none are saved. */
  readonly train: TrainTexts | undefined;
  readonly cardText: (facts: CardFacts) => Promise<string>;
}

/** Throws INTERNAL for vectors that do not match the labels. */
function partsOf({ dataset, spec, ...params }: SaveParams): Parts | Promise<Parts> {
  if (dataset.task === 'token-classification' && isOfWords(spec)) return tagParts({ ...params, dataset, spec });
  if (dataset.task === 'token-classification' || isOfWords(spec)) throw new HarnessError('INTERNAL', { what: 'Words alone have tags.' });
  return dataset.task === 'regression' ? numberParts({ ...params, dataset, spec }) : classParts({ ...params, dataset, spec });
}

async function tagParts(params: TagSaveParams): Promise<Parts> {
  const { head, record, train, testCalibration } = await tagModel(params);
  return { head, record, train, cardText: async (facts) => tagCard(params, { record, testCalibration, ...facts }) };
}

async function classParts(params: ClassSaveParams): Promise<Parts> {
  const { dataset, trained, objectiveOptions } = params;
  const head = trainedHead({ parameters: trained.parameters, classes: dataset.classes.length, scale: objectiveOptions.scale });
  const train = trainTexts(params);
  const { record, testCalibration } = await calibrated(params, { head, train });
  return { head, record, train, cardText: async (facts) => modelCard({ ...(await cardOf(params, record)), ...facts, testCalibration }) };
}

function numberParts(params: NumberSaveParams): Parts {
  const record = numberRecord(params);
  return { head: numberHead(params), record, train: undefined, cardText: async (facts) => numberCard(params, { record, ...facts }) };
}

interface KeptParams {
  readonly train: TrainTexts | undefined;
  readonly withTexts: boolean;
  readonly dropped: string | undefined;
  /** Its items are words of sentences. */
  readonly words: boolean;
}

/** What the folder contains of the training texts. */
function keptLines({ train, withTexts, dropped, words }: KeptParams): string[] {
  const item = words ? 'sentence' : 'text';
  if (train === undefined) return [`This folder contains no ${item}s of the dataset.`];
  if (dropped !== undefined) return [`This folder contains neither ${item}s nor vectors of the training set: ${dropped}.`];
  return withTexts
    ? ['This folder contains the training texts (train.jsonl), to explain predictions by the nearest of them.']
    : [`This folder contains no ${item}s of the dataset, only vectors and ${words ? 'tags' : 'classes'} of the training set.`];
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
      if (outcomes.kind === 'numbers') {
        const { low, high } = regressionIntervals(outcomes).spearman;
        return {
          split: score.split,
          metric: 'Spearman',
          score: finite(spearman(outcomes.truth, outcomes.predicted)),
          low: finite(low),
          high: finite(high),
        };
      }
      if (outcomes.kind === 'tags') {
        const main = mainTagScore(outcomes);
        return {
          split: score.split,
          metric: TAG_SCORE_WORDS[main],
          score: mainOf(tagScores(outcomes)),
          ...countInterval(tagCounts(outcomes, main)),
        };
      }
      const classes = ofClasses(outcomes);
      const { low, high } = bootstrapIntervals(classes).microF1;
      return {
        split: score.split,
        metric: classes.kind === 'multi' ? 'micro-F1' : 'accuracy',
        score: scoresOf(classes).microF1,
        low,
        high,
      };
    }),
  };
}

/** The correlation of constant numbers is undefined: null in JSON. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Dimensions of a token's vector: those of a text's, unless modules change them. */
function tokenWidth({ trained: { vectors }, spec }: SaveParams): number {
  return Math.round(vectors.cols / (isOfWords(spec) ? wordSpecWidth(spec, 1) : specWidth({ ...spec, published: undefined }, 1)));
}

/** Whether an encoder was published with another pooling than the one that it was trained with. */
function isPooledOtherwise({ encoder: { published }, pooling, spec }: SaveParams): boolean {
  return !isOfWords(spec) && 'steps' in published && pooling !== 'as-published';
}

function pooledOtherwise({ out, pooling, encoder }: SaveParams): string {
  return (
    `${out} was fine-tuned with pooling ${pooling}, but its modules.json, used by sentence-transformers and as-published, is that of ` +
    `${encoder.name}: use it with ${option('pooling')} ${pooling}, or fine-tune with ${option('pooling')} as-published.`
  );
}
