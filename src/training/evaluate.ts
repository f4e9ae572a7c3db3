import type { ClassificationDataset, Split } from '../datasets/dataset.ts';
import { SPLITS } from '../datasets/dataset.ts';
import { batches, TOKEN_BUDGET } from '../embed/batches.ts';
import { scoreProtocols } from '../knn/protocol.ts';
import { ofClasses, scoresOf, type ClassOutcomes } from '../statistics/outcomes.ts';
import type { Scores } from '../statistics/scores.ts';
import type { Metric, Votes } from '../knn/types.ts';
import { matrix, type Matrix } from '../numeric/matrix.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';
import type { TokenText } from './text-batch.ts';
import type { Trainer } from './trainer.ts';

/** How texts are classified by their neighbours in train. */
export interface NeighbourSettings {
  readonly k: number;
  readonly metric: Metric;
  readonly votes: Votes;
  readonly threads: number;
}

export interface SplitScore {
  readonly split: Split;
  readonly scores: Scores;
  /** Class of each text of the split, or its classes: plain numbers, which a run's state keeps. */
  readonly predicted: readonly number[] | readonly (readonly number[])[];
}

/** What the texts of a split are and were given, from the dataset and what a run has kept. */
export function splitOutcomes({ labels, labelSets, classes, split: splits }: ClassificationDataset, { split, predicted }: Pick<SplitScore, 'split' | 'predicted'>): ClassOutcomes {
  const rows = [...splits.keys()].filter((row) => SPLITS[splits[row]!] === split);
  if (labelSets !== undefined && Array.isArray(predicted[0])) {
    return { kind: 'multi', truth: rows.map((row) => labelSets[row]!), predicted: (predicted as readonly (readonly number[])[]).map((set) => Int32Array.from(set)), classes: classes.length };
  }
  return { kind: 'single', truth: Int32Array.from(rows, (row) => labels[row]!), predicted: Int32Array.from(predicted as readonly number[]), classes: classes.length };
}

export interface EmbedParams {
  readonly trainer: Pick<Trainer, 'opened' | 'embed'>;
  readonly texts: readonly TokenText[];
  /** Which of `texts`. */
  readonly rows: readonly number[];
  /** Ends it after the batch that is under way; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Vectors of some texts by the encoder as it is now, without dropout; row i is that of texts[rows[i]]. */
export async function embedRows({ trainer, texts, rows, signal }: EmbedParams): Promise<Matrix> {
  const { width } = trainer.opened;
  const vectors = matrix(rows.length, width);
  for (const batch of batches({ lengths: rows.map((row) => texts[row]!.ids.length), tokenBudget: TOKEN_BUDGET })) {
    signal?.throwIfAborted();
    const found = await trainer.embed(batch.rows.map((i) => texts[rows[i]!]!));
    for (const [j, i] of batch.rows.entries()) vectors.data.set(found.subarray(j * width, (j + 1) * width), i * width);
  }
  return vectors;
}

/** Rows of these splits, ascending. */
export function rowsOfSplits({ split }: ClassificationDataset, splits: readonly Split[]): number[] {
  return [...split.keys()].filter((row) => splits.includes(SPLITS[split[row]!]!));
}

/** The rows of a corpus that `rows` names, in their order. */
export function subset(dataset: ClassificationDataset, rows: readonly number[]): ClassificationDataset {
  return {
    ...dataset,
    texts: rows.map((row) => dataset.texts[row]!),
    labels: Int32Array.from(rows, (row) => dataset.labels[row]!),
    labelSets: dataset.labelSets && rows.map((row) => dataset.labelSets![row]!),
    split: Uint8Array.from(rows, (row) => dataset.split[row]!),
  };
}

/** Scores of each split by the nearest neighbours in train. `vectors` are those of the dataset's texts, and are taken over. */
export async function scoreByNeighbours(dataset: ClassificationDataset, vectors: Matrix, { k, metric, votes, threads }: NeighbourSettings): Promise<SplitScore[]> {
  const found: SplitScore[] = [];
  const labels = dataset.labelSets === undefined ? 'first' : 'all';
  for await (const each of scoreProtocols({ dataset, vectors, protocols: ['fit-train'], ks: [k], votes: [votes], metric, index: 'exact', labels, threads, takeOver: true })) {
    found.push(splitScore(each.split as Split, ofClasses(each.outcomes)));
  }
  return found;
}

export interface HeadParams {
  readonly dataset: ClassificationDataset;
  readonly vectors: Matrix;
  readonly objective: Objective;
  readonly options: ObjectiveOptions;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** Scores of each split that is there by the head that was trained along. */
export function scoreByHead({ dataset, vectors, objective, options, parameters }: HeadParams): SplitScore[] {
  const classes = dataset.classes.length;
  const { labels, labelSets } = objective.predict!({ vectors: vectors.data, parameters, width: vectors.cols, classes, options });
  return SPLITS.flatMap((split, i) => {
    const rows = [...dataset.split.keys()].filter((row) => dataset.split[row] === i);
    if (rows.length === 0) return [];
    return [splitScore(split, labelSets !== undefined && dataset.labelSets !== undefined
      ? { kind: 'multi', truth: rows.map((row) => dataset.labelSets![row]!), predicted: rows.map((row) => labelSets[row]!), classes }
      : { kind: 'single', truth: Int32Array.from(rows, (row) => dataset.labels[row]!), predicted: Int32Array.from(rows, (row) => labels[row]!), classes })];
  });
}

function splitScore(split: Split, outcomes: ClassOutcomes): SplitScore {
  const predicted = outcomes.kind === 'multi' ? outcomes.predicted.map((set) => [...set]) : [...outcomes.predicted];
  return { split, scores: scoresOf(outcomes), predicted };
}
