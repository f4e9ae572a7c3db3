import { SPLITS, type TokenDataset } from '../datasets/dataset.ts';
import type { EmbeddedWords } from '../embed/embed-words.ts';
import { HarnessError } from '../errors.ts';
import { checkNeighbours } from '../knn/check-protocols.ts';
import { largestExclusionGroup } from '../knn/exclusion-groups.ts';
import type { FrozenTexts } from './frozen-classifier.ts';

/** Training sentences of a dataset. */
export interface TrainSentences {
  readonly sentences: readonly (readonly string[])[];
  /** [their words] index of each word in the dataset. */
  readonly words: Int32Array;
  /** [their words] index of the sentence of each word. */
  readonly of: Int32Array;
}

/** Throws DATA if there are none. */
export function trainSentences({ key, words, starts, split }: TokenDataset): TrainSentences {
  const rows = [...split.keys()].filter((row) => SPLITS[split[row]!] === 'train');
  if (rows.length === 0) throw new HarnessError('DATA', { where: key, what: 'The dataset has no train split, whose words k-NN needs.' });
  const numbered = <T>(of: (row: number, i: number, word: number) => T): T[] =>
    rows.flatMap((row, i) => Array.from({ length: starts[row + 1]! - starts[row]! }, (_, word) => of(row, i, word)));
  return {
    sentences: rows.map((row) => words[row]!),
    words: Int32Array.from(numbered((row, _, word) => starts[row]! + word)),
    of: Int32Array.from(numbered((_, i) => i)),
  };
}

export interface FrozenWordsParams {
  readonly dataset: TokenDataset;
  readonly train: TrainSentences;
  /** [training words] 1 if a word has no vector. */
  readonly lost: EmbeddedWords['lost'];
  /** [words of the dataset] 1 if a word may vote; undefined: all may. */
  readonly sampled: Uint8Array | undefined;
  readonly k: number;
}

/** Words that vote. */
export interface FrozenWords extends FrozenTexts {
  /** Indices among the training words, ascending. */
  readonly rows: Int32Array;
}

/** Training words that have a vector and are in the sample. Throws OPTION if there are fewer than k without a word's own sentence. */
export function frozenWords({ dataset, train, lost, sampled, k }: FrozenWordsParams): FrozenWords {
  const { key, words, tags } = dataset;
  const all = words.flat();
  const rows = train.words.map((_, i) => i).filter((i) => lost[i] === 0 && (sampled === undefined || sampled[train.words[i]!] === 1));
  const sentences = rows.map((i) => train.of[i]!);
  checkNeighbours({ protocol: 'leave-one-sentence-out', key, rows: rows.length - largestExclusionGroup(sentences, sentences.keys()), k });
  return {
    rows,
    sentences,
    texts: Array.from(rows, (i) => all[train.words[i]!]!),
    labels: Array.from(rows, (i) => Int32Array.of(tags[train.words[i]!]!)),
  };
}
