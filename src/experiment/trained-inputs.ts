import type { Dataset, TokenDataset } from '../datasets/dataset.ts';
import { withMissingSplits } from '../datasets/missing-splits.ts';
import { trainedPooling, type Trained, type TrainedPooling } from '../embed/default-pooling.ts';
import type { Pooling } from '../embed/vectors.ts';
import { sentenceTokens } from '../embed/word-windows.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { WORD_LOSS } from '../encoders/word-tokens.ts';
import { readInput } from '../encoders/read-input.ts';
import { HarnessError, option } from '../errors.ts';
import { checkNumbers, checkTask } from '../training/check-numbers.ts';
import { checkTags } from '../training/check-tags.ts';
import { checkObjective } from '../training/check-objective.ts';
import type { ObjectiveName } from '../training/objective.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import type { TokenText } from '../training/text-batch.ts';
import { isOfWords, type TrainedSpec } from '../training/word-vectors.ts';
import type { LostWords } from './lost-words.ts';
import type { PlannedResult } from './planned-result.ts';
import type { TrainingChoice } from './training-choice.ts';

/** Column `pair` of fine-tuned encoders: both texts in one input with one vector; or each separately, combined into pair features. */
export const JOINT = 'joint';
export const COSINE = 'separate cosine';

/** Dev and test sets, held out if the dataset has none. */
export function forTraining(dataset: Dataset, { shares, seeds }: Pick<TrainingChoice, 'shares' | 'seeds'>): Dataset {
  return withMissingSplits(dataset, { ...shares, seed: seeds[0]! });
}

/** Pooling that is trained: `given`, or the default for labels and encoder. */
export function poolingOf({ task }: Pick<Dataset, 'task'>, given: Pooling | undefined, encoder: Trained): TrainedPooling {
  return task === 'token-classification' ? (given ?? 'word') : trainedPooling(given, encoder);
}

/** Objectives for a dataset: those requested, or the default for its labels. */
export function objectivesOf({ task }: Pick<Dataset, 'task'>, { objectives, ofNumbers, ofTags }: TrainingChoice): readonly ObjectiveName[] {
  return { classification: undefined, regression: ofNumbers, 'token-classification': ofTags }[task] ?? objectives;
}

/** Checks that it can be trained on its data: returns warnings, one line each. Throws OPTION and DATA. */
export function checkTrainable({ target, dataset, second, pooling, objective: name, choice }: PlannedResult): string[] {
  const objective = OBJECTIVES[name];
  checkTask(objective, dataset);
  const { apart } = objective.needs;
  if (apart && dataset.seconds === undefined) throw comparesTexts(name, dataset.key);
  if (dataset.seconds !== undefined && !apart && target.encoder.depth === 0) throw readsNoPairs(target.encoder.name);
  const rows = [...dataset.split.keys()].filter((row) => dataset.split[row] === 0);
  const {
    objectiveOptions: options,
    settings: { batchSize, balanced },
    vectorsAt,
  } = choice;
  if (dataset.task === 'regression') {
    checkNumbers({ objective, options, dataset, rows, batchSize, balanced, vectorsAt });
    return [];
  }
  if (dataset.task === 'token-classification')
    return checkTags({ objective, options, dataset, rows, batchSize, balanced, vectorsAt, pooling });
  return checkObjective({
    objective,
    options,
    dataset: dataset.key,
    rows,
    field: { name: dataset.labelField, labels: dataset.labels, classes: dataset.classes },
    labelSets: dataset.labelSets !== undefined,
    second: second && { name: second.labelField, ...second },
    batchSize,
  });
}

function comparesTexts(objective: ObjectiveName, dataset: string): HarnessError {
  return new HarnessError('OPTION', {
    where: option('objective'),
    what: `The objective ${objective} compares the two texts of a pair, but rows of ${dataset} have one text.`,
    hint: `Set the column of second texts with ${option('textPairColumn')}, or use regression.`,
  });
}

/** The vector of the pair would be that of one long text. */
function readsNoPairs(name: string): HarnessError {
  return new HarnessError('OPTION', {
    where: name,
    what: 'It is a static encoder, which cannot encode pairs jointly, as fine-tuning on pairs requires.',
    hint: 'Use an encoder with layers.',
  });
}

export interface TokeniseParams {
  readonly spec: TrainedSpec;
  /** Pairs are encoded separately. */
  readonly apart?: boolean | undefined;
}

export interface Tokenised {
  /** One for each row of the dataset; for pairs encoded separately, all first texts, then all second ones. */
  readonly texts: TokenText[];
  /** Number of truncated texts. */
  readonly cut: number;
  /** Only of sentences. */
  readonly lost?: LostWords | undefined;
}

/**
 * The tokens of a dataset's texts; for pairs, of both joined, or with `apart` of all first texts, then all second ones; for sentences with
 * the positions of their words. Throws as `readInput`.
 */
export function tokenise(encoder: Encoder, dataset: Dataset, { spec, apart = false }: TokeniseParams): Tokenised {
  if (dataset.task === 'token-classification') return tokeniseWords(encoder, dataset);
  const { texts, seconds } = dataset;
  const { maxLength } = encoder;
  const ofWords = !isOfWords(spec) && spec.token === 'word-mean';
  const skip = skippedTokens(encoder);
  const long = new Set<number>();
  const read = (input: EncoderInput, row: number): TokenText => {
    const { ids, total, types, words } = readInput(encoder, input, ofWords);
    if (total > maxLength) long.add(row);
    return { ids, types, words, skip };
  };
  if (seconds === undefined || apart) return { texts: [...texts.map(read), ...(seconds ?? []).map(read)], cut: long.size };
  return { texts: texts.map((first, row) => read({ first, second: seconds[row]! }, row)), cut: long.size };
}

function tokeniseWords(encoder: Encoder, { words }: TokenDataset): Tokenised {
  const sentences = words.map((sentence) => sentenceTokens(encoder, sentence));
  const losses = sentences.flatMap((sentence) => [...sentence.lost]);
  const count = (loss: number): number => losses.filter((each) => each === loss).length;
  return {
    texts: sentences.map(({ ids, spans }) => ({ ids, spans })),
    cut: sentences.filter(({ ids, total }) => total > ids.length).length,
    lost: {
      lost: Uint8Array.from(losses, (loss) => (loss === WORD_LOSS.kept ? 0 : 1)),
      beyondLimit: count(WORD_LOSS.beyondLimit),
      withoutSubTokens: count(WORD_LOSS.noSubToken),
    },
  };
}
