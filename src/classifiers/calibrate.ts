import { SPLITS, type ClassificationDataset, type Split } from '../datasets/dataset.ts';
import { inputText } from '../encoders/encoder-input.ts';
import type { SplitScore } from '../training/evaluate.ts';
import { calibrationError, fitTemperature, type ScoredTexts } from './calibration.ts';
import { headLogits, type Head } from './head.ts';
import type { ClassifierRecord } from './record.ts';
import type { ClassSaveParams } from './save-params.ts';
import type { TrainTexts } from './train-texts.ts';
import { rowsOf, votedLogits } from './vote-logits.ts';

/** The parts of a training run that determine its classifier; its items may be words. */
export type CalibratedParams = Pick<ClassSaveParams, 'encoder' | 'dataset' | 'pooling' | 'neighbours' | 'result' | 'trained'>;

/** The texts that a classifier was trained on. */
export function trainTexts({ dataset, trained }: Pick<CalibratedParams, 'dataset' | 'trained'>): TrainTexts {
  const rows = rowsOfSplit(dataset, 'train');
  return {
    vectors: rowsOf(trained.vectors, rows),
    labelSets: rows.map((row) => labelsOfRow(dataset, row)),
    texts: rows.map((row) => textOf(dataset, row)),
  };
}

/** A text, or both of a pair as shown in messages. */
function textOf({ texts, seconds }: ClassificationDataset, row: number): string {
  return inputText(seconds === undefined ? texts[row]! : { first: texts[row]!, second: seconds[row]! });
}

export function rowsOfSplit({ split: splits }: Pick<ClassificationDataset, 'split'>, split: Split): number[] {
  return [...splits.keys()].filter((row) => SPLITS[splits[row]!] === split);
}

export function labelsOfRow({ labels, labelSets }: ClassificationDataset, row: number): Int32Array {
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

/** The classifier as recorded in its folder, with its temperature fitted on dev. */
export async function calibrated(params: CalibratedParams, parts: Parts): Promise<Calibrated> {
  const {
    encoder,
    dataset,
    pooling,
    neighbours: { k, metric, votes },
    result,
  } = params;
  const { prompt, maxLength } = encoder;
  const plain = {
    version: 1 as const,
    kind: parts.head === undefined ? ('neighbours' as const) : ('head' as const),
    ...(dataset.seconds !== undefined && { pairs: true as const }),
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

async function scoredTexts({ dataset, trained, neighbours }: CalibratedParams, split: Split, { head, train }: Parts): Promise<ScoredTexts> {
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
