import type { TokenDataset } from '../datasets/dataset.ts';
import { sample } from '../numeric/random.ts';

/** Default number of words per tag: O alone has millions. */
export const WORDS_PER_CLASS = 20_000;

export interface SampledWords {
  /** [words] 1 if a word is used; undefined: all are. */
  readonly words: Uint8Array | undefined;
  /** Description for a result: empty if all are used. */
  readonly said: string;
}

/** At most this many words of each tag, drawn without replacement. */
export function sampledWords({ tags, classes }: Pick<TokenDataset, 'tags' | 'classes'>, most: number, seed: number): SampledWords {
  const rows = classes.map((_, tag) => wordsOf(tags, tag));
  if (rows.every(({ length }) => length <= most)) return { words: undefined, said: '' };
  const words = new Uint8Array(tags.length);
  for (const own of rows) {
    const drawn = own.length <= most ? own.keys() : sample({ n: own.length, size: most, seed });
    for (const at of drawn) words[own[at]!] = 1;
  }
  return { words, said: `at most ${most} words per tag, seed ${seed}` };
}

/** Default maximum of words that estimators hold in memory at a time. */
const MOST_RANKED = 50_000;

interface RankedWordsParams {
  readonly wordsPerClass?: number | undefined;
  readonly seed: number;
  /** [words] 1 if a word has no vector. */
  readonly lost: Uint8Array;
}

/** Words used for a ranking, ascending: those with a vector, sampled per tag if there are too many. */
export function rankedWords(dataset: TokenDataset, { lost, ...asked }: RankedWordsParams): Int32Array {
  const { words } = sampleToRank(dataset, asked);
  return Int32Array.from(dataset.tags.keys()).filter((word) => lost[word] === 0 && (words === undefined || words[word] === 1));
}

/** Description for a ranking: empty if all words are used. */
export function sampledWordsNote(dataset: TokenDataset, asked: Omit<RankedWordsParams, 'lost'>): string {
  return sampleToRank(dataset, asked).said;
}

function sampleToRank(dataset: TokenDataset, { wordsPerClass, seed }: Omit<RankedWordsParams, 'lost'>): SampledWords {
  return sampledWords(dataset, wordsPerClass ?? mostOfEach(dataset), seed);
}

/** The maximum number of words per tag with which the total stays within what estimators take. */
function mostOfEach({ tags, classes }: TokenDataset): number {
  const counts = classes.map((_, tag) => wordsOf(tags, tag).length).toSorted((a, b) => a - b);
  let left = MOST_RANKED;
  for (const [i, count] of counts.entries()) {
    const share = Math.floor(left / (counts.length - i));
    if (count > share) return Math.min(WORDS_PER_CLASS, share);
    left -= count;
  }
  return WORDS_PER_CLASS;
}

function wordsOf(tags: Int32Array, tag: number): number[] {
  const rows: number[] = [];
  for (const [word, own] of tags.entries()) if (own === tag) rows.push(word);
  return rows;
}
