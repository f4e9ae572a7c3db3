import { SPLITS, type Split } from '../datasets/dataset.ts';
import { closeRows, type Rows } from '../numeric/rows.ts';
import { checkNeighbours } from './check-protocols.ts';
import type { SearchProgress } from './protocol.ts';
import { largestExclusionGroup } from './exclusion-groups.ts';
import { Searcher } from './searcher.ts';
import type { Metric, Protocol, Votes } from './types.ts';
import { vote } from './vote.ts';

/** Words of all sentences in order. */
export interface SearchedWords {
  /** Name of the dataset, for messages. */
  readonly key: string;
  /** [words] tag of each as a class. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** [words] its sentence, ascending. */
  readonly sentence: Int32Array;
  /** [words] index into SPLITS. */
  readonly split: Uint8Array;
}

export interface WordProtocolParams {
  readonly words: SearchedWords;
  /** [words, d]; rows of words without a vector are ignored. */
  readonly vectors: Rows;
  /** [words] 1 if a word has no vector: it is nobody's neighbour. */
  readonly lost: Uint8Array;
  /** [words] 1 if a word may be a neighbour. Default: all that have a vector. */
  readonly sampled?: Uint8Array | undefined;
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly votes: readonly Votes[];
  readonly metric: Metric;
  readonly threads: number;
  /** The buffer of the vectors is transferred, not copied; a file is closed. */
  readonly takeOver?: boolean | undefined;
  /** What it throws ends the search. */
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

export interface PlannedWordScore {
  readonly protocol: Protocol;
  readonly split: 'all' | Split;
  readonly k: number;
  readonly votes: Votes;
  readonly index: 'exact';
}

/** Predictions for the words of a split. */
export interface WordScore extends PlannedWordScore {
  /** Words that are scored, ascending: for leave-one-out protocols those with a vector, for a split all. */
  readonly rows: Int32Array;
  /** [rows] -1: no vector. */
  readonly predicted: Int32Array;
}

/** The results that `scoreWords` will yield, in order. */
export function plannedWordScores({
  words,
  protocols,
  ks,
  votes: kinds,
}: Pick<WordProtocolParams, 'words' | 'protocols' | 'ks' | 'votes'>): PlannedWordScore[] {
  return protocols.flatMap((protocol) =>
    parts(protocol, words).flatMap(({ split }) =>
      kinds.flatMap((votes) => ks.map((k) => ({ protocol, split, k, votes, index: 'exact' as const }))),
    ),
  );
}

/** Maximum bytes of neighbours in memory: all words are queried together if they fit, since a product then serves two of them. */
const NEIGHBOUR_BYTES = 64 << 20;

/**
 * k-NN classification of words, by exact search. `leave-one-sentence-out` excludes a word's own sentence: in the last layers the words of a
 * sentence are each other's nearest neighbours, whatever their tags. Yields results by protocol, split, votes, k. Throws OPTION for a k
 * larger than the number of possible neighbours.
 */
export async function* scoreWords(params: WordProtocolParams): AsyncGenerator<WordScore> {
  const { words, vectors, protocols, metric, threads, takeOver = false, ks, votes: kinds } = params;
  try {
    for (const protocol of protocols) checkCorpus(protocol, params);
  } catch (error) {
    if (takeOver) closeRows(vectors);
    throw error;
  }
  const searcher = await Searcher.open({ corpus: vectors, metric, threads, takeOver });
  try {
    for (const protocol of protocols) {
      for (const { split, rows } of parts(protocol, words)) {
        const scored = protocol === 'fit-train' ? rows : rows.filter((row) => params.lost[row] === 0);
        const given = await classified(searcher, { ...params, protocol, rows: scored });
        for (const votes of kinds) {
          for (const k of ks) yield { protocol, split, k, votes, index: 'exact', rows: scored, predicted: given(votes, k) };
        }
      }
    }
  } finally {
    await searcher.close();
  }
}

function checkCorpus(protocol: Protocol, params: WordProtocolParams): void {
  const {
    words: { key, sentence },
    ks,
  } = params;
  const corpus = corpusOf(protocol, params);
  const most = protocol === 'leave-one-sentence-out' ? largestExclusionGroup(sentence, corpus) : 0;
  checkNeighbours({ protocol, key, item: 'word', rows: corpus.length - most, k: Math.max(...ks) });
}

interface Part {
  readonly split: 'all' | Split;
  readonly rows: Int32Array;
}

/** Words that a protocol scores: all, or those of each split present. */
function parts(protocol: Protocol, { split }: Pick<SearchedWords, 'split'>): Part[] {
  const all = Int32Array.from({ length: split.length }, (_, row) => row);
  if (protocol !== 'fit-train') return [{ split: 'all', rows: all }];
  return SPLITS.map((name, i) => ({ split: name, rows: all.filter((row) => split[row] === i) })).filter(({ rows }) => rows.length > 0);
}

/** Words that may be neighbours, ascending. */
function corpusOf(
  protocol: Protocol,
  { words: { split }, lost, sampled }: Pick<WordProtocolParams, 'words' | 'lost' | 'sampled'>,
): Int32Array {
  const all = Int32Array.from({ length: split.length }, (_, row) => row);
  return all.filter(
    (row) => lost[row] === 0 && (sampled === undefined || sampled[row] === 1) && (protocol !== 'fit-train' || split[row] === 0),
  );
}

interface ClassifyParams extends WordProtocolParams {
  readonly protocol: Protocol;
  readonly rows: Int32Array;
}

/** Classes of the words, by kind of vote and k. */
async function classified(searcher: Searcher, params: ClassifyParams): Promise<(votes: Votes, k: number) => Int32Array> {
  const {
    words: { labels, classes, sentence },
    lost,
    protocol,
    rows,
    ks,
    votes: kinds,
    onProgress,
  } = params;
  const corpusRows = corpusOf(protocol, params);
  const found = new Map(kinds.flatMap((votes) => ks.map((k) => [`${votes} ${k}`, new Int32Array(rows.length).fill(-1)] as const)));
  const places = Int32Array.from(rows.keys()).filter((place) => lost[rows[place]!] === 0);
  const most = Math.max(...ks);
  const total = places.length;
  const exclusion = protocol === 'leave-one-sentence-out' ? sentence : undefined;
  // For equal words of several sentences the search finds as many more neighbours as the longest sentence has words.
  const step = Math.max(
    1,
    Math.floor(NEIGHBOUR_BYTES / (12 * (most + (exclusion === undefined ? 1 : largestExclusionGroup(exclusion, corpusRows))))),
  );
  for (let from = 0; from < total; from += step) {
    const own = places.subarray(from, from + step);
    const neighbours = await searcher.exact({
      k: most,
      corpusRows,
      queryRows: own.map((place) => rows[place]!),
      excludeSelf: protocol === 'leave-one-out',
      exclusion,
      onProgress: (done) => onProgress?.({ protocols: [protocol], done: from + done, total }),
    });
    for (const votes of kinds) {
      for (const k of ks) {
        const given = vote({ neighbours, k, labels, classes, votes });
        const into = found.get(`${votes} ${k}`)!;
        for (const [i, place] of own.entries()) into[place] = given[i]!;
      }
    }
  }
  return (votes, k) => found.get(`${votes} ${k}`)!;
}
