import type { Dataset, Split } from '../datasets/dataset.ts';
import type { Row } from '../results/row.ts';
import { scoredCell, type ScoredCell } from '../results/scored.ts';
import { wordsOfSplit } from '../training/evaluate-words.ts';
import { splitOutcomes, type SplitScore } from '../training/evaluate.ts';
import type { Finetuned } from '../training/finetune-run.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import type { TrainedSpec } from '../training/word-vectors.ts';
import type { LostWords } from './lost-words.ts';
import type { PlannedResult } from './planned-result.ts';
import { identityOf, rowOf, type RowVector } from './rows.ts';
import { sampledWords, WORDS_PER_CLASS } from './sampled-words.ts';
import { COSINE, JOINT } from './trained-inputs.ts';

/** The vector that is trained, and how a row describes it. */
export interface TrainedVector extends RowVector {
  readonly spec: TrainedSpec;
}

/** What the rows of a training run have in common. */
interface RowShape {
  readonly vector: TrainedVector;
  /** Number of truncated texts; omitted as long as none was read. */
  readonly cut: number | undefined;
  /** Of sentences; omitted as long as none was read. */
  readonly lost?: LostWords | undefined;
  /** Selected on dev. */
  readonly epoch: string;
  readonly hash: string;
}

/** The row of the frozen encoder on a split, without its scores. */
export function frozenRow(
  {
    target: { encoder },
    dataset,
    objective,
    seed,
    choice: {
      neighbours: { metric, k, votes },
    },
  }: PlannedResult,
  split: Split,
  { vector, cut, lost }: RowShape,
): Row {
  const row = rowOf({
    encoder: encoder.name,
    identity: identityOf(encoder),
    dataset: votingWords(dataset, seed),
    vector: dataset.seconds === undefined || OBJECTIVES[objective].needs.apart ? vector : { ...vector, pair: JOINT },
    metric,
    textsCut: cut,
    score: { protocol: 'fit-train', split, k, votes, index: 'exact' },
  });
  if (dataset.task !== 'token-classification' || lost === undefined) return row;
  return { ...row, words_without_vector: String(wordsOfSplit(dataset, split).filter((word) => lost.lost[word] === 1).length) };
}

/** If there are too many words to vote, the sample of those that do. */
function votingWords(dataset: Dataset, seed: number): Dataset {
  if (dataset.task !== 'token-classification') return dataset;
  const { said } = sampledWords(dataset, WORDS_PER_CLASS, seed);
  return { ...dataset, sample: [dataset.sample, said].filter((part) => part !== '').join('; ') };
}

/** The same of the trained one. */
export function trainedRow(params: PlannedResult, split: Split, shape: RowShape): Row {
  const { objective, seed, dataset } = params;
  const byHead = OBJECTIVES[objective].predicts === 'head' && {
    protocol: 'head',
    k: '',
    metric: '',
    votes: '',
    index: '',
    sample: dataset.sample,
  };
  const pair = OBJECTIVES[objective].needs.apart && { pair: COSINE };
  return {
    ...frozenRow(params, split, shape),
    ...byHead,
    ...pair,
    objective,
    seed: String(seed),
    epoch: shape.epoch,
    training: shape.hash,
  };
}

/** The results of the frozen encoder, then those of the trained one. */
export function trainedCells(
  params: PlannedResult,
  { vector, result, cut, lost, hash }: { vector: TrainedVector; result: Finetuned; cut: number; lost: LostWords | undefined; hash: string },
): ScoredCell[] {
  const { dataset } = params;
  const shape = { vector, cut, lost, epoch: String(result.best), hash };
  const cell = (row: Row, score: SplitScore): ScoredCell =>
    scoredCell({ row, outcomes: splitOutcomes(dataset, score), classes: dataset.task === 'regression' ? [] : dataset.classes });
  return [
    ...result.frozen.map((score) => cell(frozenRow(params, score.split, shape), score)),
    ...result.scores.map((score) => cell(trainedRow(params, score.split, shape), score)),
  ];
}
