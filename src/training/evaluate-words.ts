import { SPLITS, type Split, type TokenDataset } from '../datasets/dataset.ts';
import { sentenceOfWords } from '../datasets/items.ts';
import { scoreWords } from '../knn/word-protocol.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { TagOutcomes } from '../statistics/outcomes.ts';
import { tagOutcomes } from '../tags/given-tags.ts';
import { tagScores, type TagScores } from '../tags/tag-outcomes.ts';
import type { NeighbourSettings } from './neighbour-settings.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';

/** Words of sentences that have a vector, and their vectors. */
export interface EmbeddedWords {
  readonly dataset: TokenDataset;
  /** Word indices in the dataset, ascending. */
  readonly words: readonly number[];
  /** [words, width] */
  readonly vectors: Matrix;
}

/** Tags of the words of a split. */
export interface SplitTags {
  readonly split: Split;
  readonly scores: TagScores;
  /** Tag of each word of the split; -1: no vector. */
  readonly predicted: readonly number[];
}

/** Words of a split of sentences, ascending. */
export function wordsOfSplit({ split, starts }: Pick<TokenDataset, 'split' | 'starts'>, name: Split): Int32Array {
  const wanted = SPLITS.indexOf(name);
  return Int32Array.from(
    [...split.keys()]
      .filter((row) => split[row] === wanted)
      .flatMap((row) => Array.from({ length: starts[row + 1]! - starts[row]! }, (_, i) => starts[row]! + i)),
  );
}

/** True and predicted tags of the words of a split, from the dataset and the stored state of a run. */
export function splitTags(
  dataset: TokenDataset,
  { split, predicted }: { readonly split: Split; readonly predicted: readonly number[] },
): TagOutcomes {
  return tagOutcomes(dataset, { rows: wordsOfSplit(dataset, split), predicted: Int32Array.from(predicted) });
}

interface NeighboursParams extends EmbeddedWords {
  /** Splits that are scored. */
  readonly splits: readonly Split[];
  readonly neighbours: NeighbourSettings;
  /** [words of the dataset] 1 if a word may be a neighbour. Default: all may. */
  readonly sampled?: Uint8Array | undefined;
}

/** Tags of words by k-NN over the words of train, by exact search. The vectors are transferred. */
export async function tagsByNeighbours({ dataset, words, vectors, splits, neighbours, sampled }: NeighboursParams): Promise<SplitTags[]> {
  const sentence = sentenceOfWords(dataset);
  const searched = {
    key: dataset.key,
    labels: Int32Array.from(words, (word) => dataset.tags[word]!),
    classes: dataset.classes.length,
    sentence: Int32Array.from(words, (word) => sentence[word]!),
    split: Uint8Array.from(words, (word) => dataset.split[sentence[word]!]!),
  };
  const { k, metric, votes, threads } = neighbours;
  const scores = scoreWords({
    words: searched,
    vectors,
    takeOver: true,
    lost: new Uint8Array(words.length),
    sampled: sampled && Uint8Array.from(words, (word) => sampled[word]!),
    protocols: ['fit-train'],
    ks: [k],
    votes: [votes],
    metric,
    threads,
  });
  const given = new Int32Array(dataset.tags.length).fill(-1);
  for await (const { rows, predicted } of scores) for (const [i, row] of rows.entries()) given[words[row]!] = predicted[i]!;
  return scoresOf(dataset, given, splits);
}

interface HeadParams extends EmbeddedWords {
  readonly splits: readonly Split[];
  readonly objective: Objective;
  readonly options: ObjectiveOptions;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** Tags of words by the trained head. */
export function tagsByHead({ dataset, words, vectors, splits, objective, options, parameters }: HeadParams): SplitTags[] {
  const { labels } = objective.predict!({
    vectors: vectors.data,
    parameters,
    width: vectors.cols,
    classes: dataset.classes.length,
    options,
  });
  const given = new Int32Array(dataset.tags.length).fill(-1);
  for (const [i, word] of words.entries()) given[word] = labels[i]!;
  return scoresOf(dataset, given, splits);
}

/** `given`: predicted tag of each word of the dataset. */
function scoresOf(dataset: TokenDataset, given: Int32Array, splits: readonly Split[]): SplitTags[] {
  return splits.flatMap((split) => {
    const rows = wordsOfSplit(dataset, split);
    if (rows.length === 0) return [];
    const predicted = Array.from(rows, (row) => given[row]!);
    return [{ split, scores: tagScores(splitTags(dataset, { split, predicted })), predicted }];
  });
}
