import { SPLITS, type ClassificationDataset, type ItemDataset, type RegressionDataset, type Split } from '../datasets/dataset.ts';
import { HarnessError } from '../errors.ts';
import { sample } from '../numeric/random.ts';
import { closeRows, type Rows } from '../numeric/rows.ts';
import type { Outcomes } from '../statistics/outcomes.ts';
import { checkProtocols, corpusRows } from './check-protocols.ts';
import { neighbourMean } from './neighbour-mean.ts';
import { withoutSelf } from './without-self.ts';
import { chooseIndex } from './choose.ts';
import { recall } from './recall.ts';
import { Searcher } from './searcher.ts';
import {
  HNSW_DEFAULTS,
  type HnswOptions,
  type Index,
  type IndexChoice,
  type LabelMode,
  type Metric,
  type Neighbours,
  type Protocol,
  type SearchOptions,
  type Votes,
} from './types.ts';
import { vote, voteMultiLabel } from './vote.ts';

/** Number of queries that are also searched exactly, to report the recall of an approximate index: a tenth of all, within these bounds. */
const RECALL_QUERIES = { least: 200, most: 5000 } as const;

export interface ProtocolParams {
  readonly dataset: ItemDataset;
  /** Vectors of all texts, row i that of texts[i]. */
  readonly vectors: Rows;
  readonly protocols: readonly Protocol[];
  readonly ks: readonly number[];
  readonly votes: readonly Votes[];
  readonly metric: Metric;
  readonly index: IndexChoice;
  readonly hnsw?: HnswOptions | undefined;
  readonly labels?: LabelMode | undefined;
  readonly threads?: number | undefined;
  /** Determines the queries that recall is measured on. */
  readonly seed?: number | undefined;
  /** The buffer of the vectors is transferred, not copied: `vectors.data` is empty afterwards; a file is closed. */
  readonly takeOver?: boolean | undefined;
  /** What it throws ends the search. */
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

export interface SearchProgress {
  /** Protocols of the search in progress. */
  readonly protocols: readonly Protocol[];
  readonly done: number;
  readonly total: number;
}

/** Result of one protocol, split, k and kind of vote. */
export interface ProtocolScore {
  readonly protocol: Protocol;
  readonly split: 'all' | Split;
  readonly k: number;
  readonly votes: Votes;
  readonly index: Index;
  /** Of an approximate index; undefined if exact. */
  readonly hnsw?: HnswOptions | undefined;
  /** recall@k of an approximate index, 0 to 1; undefined if exact. */
  readonly recall: number | undefined;
  /** Rows of the dataset that were predicted, ascending. */
  readonly rows: Int32Array;
  /** True and predicted labels of these rows. */
  readonly outcomes: Outcomes;
}

export type PlannedScore = Pick<ProtocolScore, 'protocol' | 'split' | 'k' | 'votes' | 'index' | 'hnsw'>;

/** The results that `scoreProtocols` will yield, in order, before anything is searched. */
export function plannedScores({
  dataset,
  protocols,
  ks,
  votes: kinds,
  index: wish,
  hnsw = HNSW_DEFAULTS,
}: Pick<ProtocolParams, 'dataset' | 'protocols' | 'ks' | 'votes' | 'index' | 'hnsw'>): PlannedScore[] {
  return protocols.flatMap((protocol) => {
    const { index } = chooseIndex({ index: wish, rows: corpusRows(protocol, dataset).length, queries: dataset.texts.length });
    const how = searchedBy(index, hnsw);
    return parts(protocol, dataset).flatMap(({ split }) =>
      kinds.flatMap((votes) => ks.map((k) => ({ protocol, split, k, votes, ...how }))),
    );
  });
}

/**
 * Yields results by protocol, split (train, dev, test), votes, k, in the order given. One search serves complete and leave-one-out, another
 * all splits of fit-train, for all values of k. Throws what `checkProtocols` and Searcher throw.
 */
export async function* scoreProtocols(params: ProtocolParams): AsyncGenerator<ProtocolScore> {
  const { vectors, protocols, metric, threads, takeOver = false } = params;
  try {
    check(params);
  } catch (error) {
    if (takeOver) closeRows(vectors);
    throw error;
  }
  const searcher = await Searcher.open({ corpus: vectors, metric, threads, takeOver });
  try {
    const results = new Map<string, SearchResult>();
    for (const protocol of protocols) {
      const shared = searchOf(protocol);
      if (!results.has(shared))
        results.set(
          shared,
          await search(
            searcher,
            params,
            protocols.filter((other) => searchOf(other) === shared),
          ),
        );
      yield* scoreProtocol(protocol, results.get(shared)!, params);
    }
  } finally {
    await searcher.close();
  }
}

function check(params: ProtocolParams): void {
  const { dataset, vectors, labels = 'first' } = params;
  checkProtocols(params);
  if (vectors.rows !== dataset.texts.length)
    throw new HarnessError('SHAPE', { where: dataset.key, what: `${vectors.rows} vectors for ${dataset.texts.length} texts.` });
  if (labels === 'all' && dataset.task === 'classification' && dataset.labelSets === undefined) {
    throw new HarnessError('OPTION', {
      where: dataset.key,
      what: 'Its texts have one label each: multi-label voting does not apply.',
      hint: 'Score the first label.',
    });
  }
}

/** Protocols with the same value share a search. */
function searchOf(protocol: Protocol): 'whole' | 'train' {
  return protocol === 'fit-train' ? 'train' : 'whole';
}

interface SearchResult {
  readonly index: Index;
  /** Of all rows; each row itself included. */
  readonly neighbours: Neighbours;
  /** Exact neighbours of some rows, if `neighbours` are approximate. */
  readonly sampled?: { readonly rows: Int32Array; readonly exact: Neighbours } | undefined;
}

async function search(
  searcher: Searcher,
  { dataset, ks, index: wish, hnsw = HNSW_DEFAULTS, seed = 1, onProgress }: ProtocolParams,
  protocols: readonly Protocol[],
): Promise<SearchResult> {
  const rows = corpusRows(protocols[0]!, dataset);
  // The row itself takes one position.
  const k = Math.max(...ks) + (protocols.includes('leave-one-out') ? 1 : 0);
  const options: SearchOptions = {
    k,
    corpusRows: rows,
    onProgress: onProgress && ((done, total) => onProgress({ protocols, done, total })),
  };
  const { index } = chooseIndex({ index: wish, rows: rows.length, queries: dataset.texts.length });
  if (index === 'exact') return { index, neighbours: await searcher.exact(options) };
  const n = dataset.texts.length;
  const size = Math.min(n, Math.max(RECALL_QUERIES.least, Math.min(RECALL_QUERIES.most, Math.floor(n / 10))));
  const queryRows = sample({ n, size, seed });
  const begun = onProgress && (() => onProgress({ protocols, done: 0, total: n }));
  const sampled = { rows: queryRows, exact: await searcher.exact({ k, corpusRows: rows, queryRows, onProgress: begun }) };
  const recallOf = (protocol: Protocol, found: Neighbours, at: number): number => {
    const of = pick(found, queryRows);
    const [approximate, exact] =
      protocol === 'leave-one-out' ? [withoutSelf(of, queryRows), withoutSelf(sampled.exact, queryRows)] : [of, sampled.exact];
    return recall({ approximate, exact, k: at });
  };
  const isEnough = (found: Neighbours): boolean =>
    protocols.every((protocol) => ks.every((at) => recallOf(protocol, found, at) >= hnsw.recall));
  return { index, sampled, neighbours: await searcher.by(index, options, hnsw, isEnough) };
}

function* scoreProtocol(
  protocol: Protocol,
  { index, neighbours, sampled }: SearchResult,
  params: ProtocolParams,
): Generator<ProtocolScore> {
  const { dataset, ks, votes: kinds, labels = 'first', hnsw = HNSW_DEFAULTS } = params;
  const how = searchedBy(index, hnsw);
  const elect = electionOf(dataset, labels);
  const alone = protocol === 'leave-one-out';
  const voters = alone ? withoutSelf(neighbours) : neighbours;
  const exact = sampled && (alone ? withoutSelf(sampled.exact, sampled.rows) : sampled.exact);
  for (const { split, rows } of parts(protocol, dataset)) {
    const own = rows.length === voters.queries ? voters : pick(voters, rows);
    for (const votes of kinds) {
      for (const k of ks) {
        const outcomes = elect({ own, k, votes, rows });
        const recalled = exact && sampled && recall({ approximate: voters, exact, k, places: sampled.rows });
        yield { protocol, split, k, votes, ...how, recall: recalled, rows, outcomes };
      }
    }
  }
}

function searchedBy(index: Index, hnsw: HnswOptions): Pick<ProtocolScore, 'index' | 'hnsw'> {
  return { index, hnsw: index === 'exact' ? undefined : hnsw };
}

/** Parts that a protocol scores: the whole corpus, or each split present. */
function parts(protocol: Protocol, { split }: ItemDataset): { split: 'all' | Split; rows: Int32Array }[] {
  const all = Int32Array.from({ length: split.length }, (_, row) => row);
  if (protocol !== 'fit-train') return [{ split: 'all', rows: all }];
  return SPLITS.map((name, i) => ({ split: name, rows: all.filter((row) => split[row] === i) })).filter(({ rows }) => rows.length > 0);
}

function pick({ k, indices, distances }: Neighbours, rows: Int32Array): Neighbours {
  const picked = { queries: rows.length, k, indices: new Int32Array(rows.length * k), distances: new Float64Array(rows.length * k) };
  for (const [i, row] of rows.entries()) {
    picked.indices.set(indices.subarray(row * k, (row + 1) * k), i * k);
    picked.distances.set(distances.subarray(row * k, (row + 1) * k), i * k);
  }
  return picked;
}

interface Election {
  readonly own: Neighbours;
  readonly k: number;
  readonly votes: Votes;
  readonly rows: Int32Array;
}

function electionOf(dataset: ItemDataset, labels: LabelMode): (election: Election) => Outcomes {
  if (dataset.task === 'regression') return (election) => byMean(election, dataset);
  return labels === 'all' ? (election) => byLabel(election, dataset) : (election) => byClass(election, dataset);
}

function byMean({ own, k, votes, rows }: Election, { targets }: RegressionDataset): Outcomes {
  return {
    kind: 'numbers',
    truth: Float64Array.from(rows, (row) => targets[row]!),
    predicted: neighbourMean({ neighbours: own, k, targets, votes }),
  };
}

function byClass({ own, k, votes, rows }: Election, { labels, classes }: ClassificationDataset): Outcomes {
  return {
    kind: 'single',
    truth: rows.map((row) => labels[row]!),
    predicted: vote({ neighbours: own, k, labels, classes: classes.length, votes }),
    classes: classes.length,
  };
}

function byLabel({ own, k, votes, rows }: Election, { labelSets, classes }: ClassificationDataset): Outcomes {
  const predicted = voteMultiLabel({ neighbours: own, k, labelSets: labelSets!, classes: classes.length, votes });
  return { kind: 'multi', truth: Array.from(rows, (row) => labelSets![row]!), predicted, classes: classes.length };
}
