import type { ClassificationDataset, Dataset, ItemDataset, Split } from '../datasets/dataset.ts';
import { SPLITS } from '../datasets/dataset.ts';
import { batches, tokenBudgetOf } from '../embed/batches.ts';
import { scoreProtocols } from '../knn/protocol.ts';
import { ofClasses, scoresOf, type ClassOutcomes, type Outcomes } from '../statistics/outcomes.ts';
import { regressionScores, type RegressionScores } from '../statistics/regression-scores.ts';
import type { Scores } from '../statistics/scores.ts';
import type { TagScores } from '../tags/tag-outcomes.ts';
import { matrix, type Matrix } from '../numeric/matrix.ts';
import type { NeighbourSettings } from './neighbour-settings.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';
import { splitTags } from './evaluate-words.ts';
import { inUnit, type TargetScale } from './target-scale.ts';
import { vectorsIn, type TokenText } from './text-batch.ts';
import type { Trainer } from './trainer.ts';

export interface SplitScore {
  readonly split: Split;
  readonly scores: AnyScores;
  /**
   * Predicted class of each text of the split, its classes, its number, or the tag of each word: plain numbers, stored in a run's state.
   */
  readonly predicted: readonly number[] | readonly (readonly number[])[];
}

/** Scores of classes, of numbers, or of tags. */
export type AnyScores = Scores | RegressionScores | TagScores;

/** Whether scores are those of numbers. */
export function isOfNumbers(scores: AnyScores): scores is RegressionScores {
  return 'spearman' in scores;
}

/** Whether scores are those of tags. */
export function isOfTags(scores: AnyScores): scores is TagScores {
  return !isOfNumbers(scores) && !('microF1' in scores);
}

/** True and predicted labels of the texts of a split, from the dataset and the stored state of a run. */
export function splitOutcomes(dataset: ClassificationDataset, kept: Pick<SplitScore, 'split' | 'predicted'>): ClassOutcomes;
export function splitOutcomes(dataset: Dataset, kept: Pick<SplitScore, 'split' | 'predicted'>): Outcomes;
export function splitOutcomes(dataset: Dataset, { split, predicted }: Pick<SplitScore, 'split' | 'predicted'>): Outcomes {
  if (dataset.task === 'token-classification') return splitTags(dataset, { split, predicted: predicted as readonly number[] });
  const rows = rowsOfSplits(dataset, [split]);
  if (dataset.task === 'regression') {
    const truth = Float64Array.from(rows, (row) => dataset.targets[row]!);
    return { kind: 'numbers', truth, predicted: Float64Array.from(predicted as readonly number[]) };
  }
  const {
    labels,
    labelSets,
    classes: { length: classes },
  } = dataset;
  if (labelSets !== undefined && Array.isArray(predicted[0])) {
    const sets = predicted as readonly (readonly number[])[];
    return { kind: 'multi', truth: rows.map((row) => labelSets[row]!), predicted: sets.map((set) => Int32Array.from(set)), classes };
  }
  const truth = Int32Array.from(rows, (row) => labels[row]!);
  return { kind: 'single', truth, predicted: Int32Array.from(predicted as readonly number[]), classes };
}

export interface EmbedParams {
  readonly trainer: Pick<Trainer, 'opened' | 'embed'>;
  readonly texts: readonly TokenText[];
  /** Indices in `texts`. */
  readonly rows: readonly number[];
  /** Aborts after the current batch; throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Vectors of some texts by the encoder in its current state, without dropout, in order: one per text, or for sentences one per word that
 * has a vector.
 */
export async function embedRows({ trainer, texts, rows, signal }: EmbedParams): Promise<Matrix> {
  const { width } = trainer.opened;
  const own = rows.map((row) => texts[row]!).map((text) => ({ text, count: vectorsIn(text), at: 0 }));
  let total = 0;
  for (const each of own) {
    each.at = total;
    total += each.count;
  }
  const vectors = matrix(total, width);
  // A sentence without word vectors has nothing to embed.
  const some = own.filter(({ count }) => count > 0);
  for (const batch of batches({ lengths: some.map(({ text }) => text.ids.length), tokenBudget: tokenBudgetOf(trainer.opened) })) {
    signal?.throwIfAborted();
    const found = await trainer.embed(batch.rows.map((i) => some[i]!.text));
    let from = 0;
    for (const i of batch.rows) {
      const { count, at } = some[i]!;
      vectors.data.set(found.subarray(from * width, (from + count) * width), at * width);
      from += count;
    }
  }
  return vectors;
}

/** Rows of these splits, ascending. */
export function rowsOfSplits({ split }: Pick<ItemDataset, 'split'>, splits: readonly Split[]): number[] {
  return [...split.keys()].filter((row) => splits.includes(SPLITS[split[row]!]!));
}

/** The given rows of a dataset, in this order. */
export function subset(dataset: ItemDataset, rows: readonly number[]): ItemDataset {
  const shared = {
    texts: rows.map((row) => dataset.texts[row]!),
    ...(dataset.seconds !== undefined && { seconds: rows.map((row) => dataset.seconds![row]!) }),
    split: Uint8Array.from(rows, (row) => dataset.split[row]!),
  };
  if (dataset.task === 'regression') return { ...dataset, ...shared, targets: Float64Array.from(rows, (row) => dataset.targets[row]!) };
  return {
    ...dataset,
    ...shared,
    labels: Int32Array.from(rows, (row) => dataset.labels[row]!),
    labelSets: dataset.labelSets && rows.map((row) => dataset.labelSets![row]!),
  };
}

/** Scores of each split by k-NN in train. `vectors` are those of the dataset's texts, and are transferred. */
export async function scoreByNeighbours(
  dataset: ItemDataset,
  vectors: Matrix,
  { k, metric, votes, threads }: NeighbourSettings,
): Promise<SplitScore[]> {
  const found: SplitScore[] = [];
  const labels = dataset.task === 'regression' || dataset.labelSets === undefined ? 'first' : 'all';
  for await (const each of scoreProtocols({
    dataset,
    vectors,
    protocols: ['fit-train'],
    ks: [k],
    votes: [votes],
    metric,
    index: 'exact',
    labels,
    threads,
    takeOver: true,
  })) {
    found.push(splitScore(each.split as Split, each.outcomes));
  }
  return found;
}

export interface HeadParams {
  readonly dataset: ItemDataset;
  readonly vectors: Matrix;
  readonly objective: Objective;
  readonly options: ObjectiveOptions;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** For numbers: how they were standardised. */
  readonly scale?: TargetScale | undefined;
}

/** Scores of each split present, by the trained head. */
export function scoreByHead(params: HeadParams): SplitScore[] {
  const { dataset } = params;
  const outcomesOf = headOutcomes(params);
  return SPLITS.flatMap((split) => {
    const rows = rowsOfSplits(dataset, [split]);
    return rows.length === 0 ? [] : [splitScore(split, outcomesOf(rows))];
  });
}

/** True labels of rows, and predictions of the head. */
function headOutcomes({ dataset, vectors, objective, options, parameters, scale }: HeadParams): (rows: readonly number[]) => Outcomes {
  const asked = { vectors: vectors.data, parameters, width: vectors.cols, options };
  if (dataset.task === 'regression') {
    const numbers = inUnit(objective.predictNumbers!({ ...asked, classes: 1 }), scale!);
    return (rows) => ({
      kind: 'numbers',
      truth: Float64Array.from(rows, (row) => dataset.targets[row]!),
      predicted: Float64Array.from(rows, (row) => numbers[row]!),
    });
  }
  const {
    labels: truth,
    labelSets: truthSets,
    classes: { length: classes },
  } = dataset;
  const { labels, labelSets } = objective.predict!({ ...asked, classes });
  return (rows) =>
    labelSets !== undefined && truthSets !== undefined
      ? { kind: 'multi', truth: rows.map((row) => truthSets[row]!), predicted: rows.map((row) => labelSets[row]!), classes }
      : {
          kind: 'single',
          truth: Int32Array.from(rows, (row) => truth[row]!),
          predicted: Int32Array.from(rows, (row) => labels[row]!),
          classes,
        };
}

function splitScore(split: Split, outcomes: Outcomes): SplitScore {
  const predicted = outcomes.kind === 'multi' ? outcomes.predicted.map((set) => [...set]) : [...outcomes.predicted];
  return { split, scores: outcomes.kind === 'numbers' ? regressionScores(outcomes) : scoresOf(ofClasses(outcomes)), predicted };
}
