import { SPLITS, type Split } from '../datasets/dataset.ts';
import { closeRows, type Rows } from '../numeric/rows.ts';
import { checkNeighbours } from './check-protocols.ts';
import type { SearchProgress } from './protocol.ts';
import { Searcher } from './searcher.ts';
import type { Metric, Neighbours, Protocol, Votes } from './types.ts';
import { vote } from './vote.ts';

/** Words of all sentences in their order. */
export interface SearchedWords {
  /** Of the dataset, for messages. */
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
  /** [words, d]; rows of words without a vector are not looked at. */
  readonly vectors: Rows;
  /** [words] 1 where a word has no vector: it is nobody's neighbour. */
  readonly lost: Uint8Array;
  /** [words] 1 where a word may be a neighbour; left out: all that have a vector. */
  readonly sampled?: Uint8Array | undefined;
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly votes: readonly Votes[];
  readonly metric: Metric;
  readonly threads: number;
  /** The buffer of the vectors is moved, not copied; a file is closed. */
  readonly takeOver?: boolean | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

export interface PlannedWordScore {
  readonly protocol: Protocol;
  readonly split: 'all' | Split;
  readonly k: number;
  readonly votes: Votes;
  readonly index: 'exact';
}

/** What words of a part were given. */
export interface WordScore extends PlannedWordScore {
  /** Words that are scored, ascending: where words are left out one by one those with a vector, of a split all. */
  readonly rows: Int32Array;
  /** [rows] -1: it has no vector. */
  readonly predicted: Int32Array;
}

/** What `scoreWords` will give, in its order. */
export function plannedWordScores({ words, protocols, ks, votes: kinds }: Pick<WordProtocolParams, 'words' | 'protocols' | 'ks' | 'votes'>): PlannedWordScore[] {
  return protocols.flatMap((protocol) =>
    parts(protocol, words).flatMap(({ split }) =>
      kinds.flatMap((votes) => ks.map((k) => ({ protocol, split, k, votes, index: 'exact' as const }))),
    ),
  );
}

/** Queries whose neighbours are in memory at once: a sentence's own words are searched too, and left out afterwards. */
const CHUNK = 8192;

/**
 * Words classified by their nearest words, exactly. `leave-one-sentence-out` leaves a word's own sentence out: in the last layers the words of
 * a sentence are each other's nearest, whatever their tags. Scores as they come, by protocol, split, votes, k. Throws OPTION for a k that is
 * more than there are neighbours.
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
  const { words: { key, sentence }, ks } = params;
  const corpus = corpusOf(protocol, params);
  const most = protocol === 'leave-one-sentence-out' ? mostOfSentence(corpus, sentence) : 0;
  checkNeighbours({ protocol, key, rows: corpus.length - most, k: Math.max(...ks) });
}

interface Part {
  readonly split: 'all' | Split;
  readonly rows: Int32Array;
}

/** Words that a protocol scores: all, or those of each split that is there. */
function parts(protocol: Protocol, { split }: Pick<SearchedWords, 'split'>): Part[] {
  const all = Int32Array.from({ length: split.length }, (_, row) => row);
  if (protocol !== 'fit-train') return [{ split: 'all', rows: all }];
  return SPLITS.map((name, i) => ({ split: name, rows: all.filter((row) => split[row] === i) })).filter(({ rows }) => rows.length > 0);
}

/** Words that may be neighbours, ascending. */
function corpusOf(protocol: Protocol, { words: { split }, lost, sampled }: Pick<WordProtocolParams, 'words' | 'lost' | 'sampled'>): Int32Array {
  const all = Int32Array.from({ length: split.length }, (_, row) => row);
  return all.filter((row) => lost[row] === 0 && (sampled === undefined || sampled[row] === 1) && (protocol !== 'fit-train' || split[row] === 0));
}

/** Words of the corpus in the sentence that has the most. */
function mostOfSentence(corpus: Int32Array, sentence: Int32Array): number {
  let [most, count, last] = [0, 0, -1];
  for (const row of corpus) {
    count = sentence[row] === last ? count + 1 : 1;
    last = sentence[row]!;
    most = Math.max(most, count);
  }
  return most;
}

interface ClassifyParams extends WordProtocolParams {
  readonly protocol: Protocol;
  readonly rows: Int32Array;
}

/** Classes of the words, by how neighbours vote and how many do. */
async function classified(
  searcher: Searcher,
  params: ClassifyParams,
): Promise<(votes: Votes, k: number) => Int32Array> {
  const { words: { labels, classes, sentence }, lost, protocol, rows, ks, votes: kinds, onProgress } = params;
  const corpusRows = corpusOf(protocol, params);
  const found = new Map(kinds.flatMap((votes) => ks.map((k) => [`${votes} ${k}`, new Int32Array(rows.length).fill(-1)] as const)));
  const places = Int32Array.from(rows.keys()).filter((place) => lost[rows[place]!] === 0);
  const most = Math.max(...ks);
  for (let from = 0; from < places.length; from += CHUNK) {
    const own = places.subarray(from, from + CHUNK);
    const queryRows = own.map((place) => rows[place]!);
    const extra = protocol === 'leave-one-out' ? 1 : protocol === 'leave-one-sentence-out' ? mostBeside(queryRows, { corpusRows, sentence }) : 0;
    const near = await searcher.exact({ k: Math.min(most + extra, corpusRows.length), corpusRows, queryRows });
    const isOut = (query: number, row: number): boolean =>
      protocol === 'leave-one-out' ? row === query : protocol === 'leave-one-sentence-out' && sentence[row] === sentence[query];
    const neighbours = kept(near, { queryRows, most, isOut });
    for (const votes of kinds) {
      for (const k of ks) {
        const given = vote({ neighbours, k, labels, classes, votes });
        const into = found.get(`${votes} ${k}`)!;
        for (const [i, place] of own.entries()) into[place] = given[i]!;
      }
    }
    onProgress?.({ protocols: [protocol], done: Math.min(from + CHUNK, places.length), total: places.length });
  }
  return (votes, k) => found.get(`${votes} ${k}`)!;
}

/** Words of the corpus in the sentences of some words, of the sentence that has the most. */
function mostBeside(queryRows: Int32Array, { corpusRows, sentence }: { readonly corpusRows: Int32Array; readonly sentence: Int32Array }): number {
  const wanted = new Set(Array.from(queryRows, (row) => sentence[row]!));
  return mostOfSentence(corpusRows.filter((row) => wanted.has(sentence[row]!)), sentence);
}

interface KeptParams {
  readonly queryRows: Int32Array;
  readonly most: number;
  readonly isOut: (query: number, row: number) => boolean;
}

/** The nearest `most` of each query without those that are out. */
function kept({ k, indices, distances }: Neighbours, { queryRows, most, isOut }: KeptParams): Neighbours {
  const left = { queries: queryRows.length, k: most, indices: new Int32Array(queryRows.length * most), distances: new Float64Array(queryRows.length * most) };
  for (const [q, query] of queryRows.entries()) {
    for (let at = q * k, to = q * most, end = to + most; to < end; at++) {
      if (isOut(query, indices[at]!)) continue;
      left.indices[to] = indices[at]!;
      left.distances[to++] = distances[at]!;
    }
  }
  return left;
}
