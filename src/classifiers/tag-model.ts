import type { ClassificationDataset, TokenDataset } from '../datasets/dataset.ts';
import { itemsOf } from '../datasets/items.ts';
import type { WordSpec } from '../embed/word-specs.ts';
import { HarnessError } from '../errors.ts';
import type { SplitScore } from '../training/evaluate.ts';
import { wordsOfSplit } from '../training/evaluate-words.ts';
import { calibrated, trainTexts, type CalibratedParams } from './calibrate.ts';
import { trainedHead, type Head } from './head.ts';
import type { ClassifierRecord } from './record.ts';
import type { SaveParams } from './save-params.ts';
import type { TrainTexts } from './train-texts.ts';

/** A training run on tags of words. */
export type TagSaveParams = Omit<SaveParams, 'spec' | 'dataset'> & { readonly dataset: TokenDataset; readonly spec: WordSpec };

export interface TagModel {
  readonly head: Head | undefined;
  readonly record: ClassifierRecord;
  /** Words that vote, if there is no head. */
  readonly train: TrainTexts | undefined;
  readonly testCalibration: { readonly before: number; readonly after: number } | undefined;
}

/** The classifier of the words of sentences: a head, or the words of train, with a temperature fitted on words of dev. */
export async function tagModel(params: TagSaveParams): Promise<TagModel> {
  const words = asClasses(params);
  const head = trainedHead({
    parameters: params.trained.parameters,
    classes: params.dataset.classes.length,
    scale: params.objectiveOptions.scale,
  });
  const train = trainTexts(words);
  const { record, testCalibration } = await calibrated(words, { head, train });
  return { head, record: { ...record, words: params.spec.word }, train: head === undefined ? train : undefined, testCalibration };
}

/** Its words that have a vector, as items with one class each; words of train outside the sample are left out. */
function asClasses(params: TagSaveParams): CalibratedParams {
  const { dataset, trained, result, sampled } = params;
  const { words } = trained;
  if (words === undefined) throw new HarnessError('INTERNAL', { what: 'A training on tags does not say which words have vectors.' });
  const all = itemsOf(dataset) as ClassificationDataset;
  const kept = [...words.keys()].filter((i) => all.split[words[i]!] !== 0 || sampled === undefined || sampled[words[i]!] === 1);
  const { cols, data } = trained.vectors;
  const vectors = { rows: kept.length, cols, data: new Float32Array(kept.length * cols) };
  for (const [to, i] of kept.entries()) vectors.data.set(data.subarray(i * cols, (i + 1) * cols), to * cols);
  const has = new Set(words);
  const given = ({ split, predicted, ...score }: SplitScore): SplitScore => {
    const own = wordsOfSplit(dataset, split);
    return { ...score, split, predicted: (predicted as readonly number[]).filter((_, i) => has.has(own[i]!)) };
  };
  return {
    ...params,
    dataset: {
      ...all,
      texts: kept.map((i) => all.texts[words[i]!]!),
      labels: Int32Array.from(kept, (i) => all.labels[words[i]!]!),
      split: Uint8Array.from(kept, (i) => all.split[words[i]!]!),
    },
    trained: { ...trained, vectors },
    result: { ...result, scores: result.scores.map(given), frozen: result.frozen.map(given) },
  };
}
