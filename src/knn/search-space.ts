import { HarnessError } from '../errors.ts';
import { cosineDistance, dot, euclidean } from '../numeric/distance.ts';
import type { RowSource } from '../numeric/row-source.ts';
import { rowSource, type Rows } from '../numeric/rows.ts';
import { groupEqualRows, type EqualRows } from './equal-rows.ts';
import { exclusionOfGroups, largestExclusionGroup, SEVERAL } from './exclusion-groups.ts';
import type { NearestList } from './nearest-list.ts';
import type { Metric, Neighbours } from './types.ts';

/** The vectors that a search thread holds between searches. */
export interface HeldVectors {
  readonly metric: Metric;
  readonly corpus: RowSource;
  readonly queries: RowSource;
  /** Whether the queries are the corpus rows themselves. */
  readonly own: boolean;
  /** Squared length of each row, in float64. */
  readonly corpusSquares: Float64Array;
  readonly querySquares: Float64Array;
}

/** Throws DATA if a vector contains NaN or infinity. */
export function holdVectors({ metric, corpus: rows, queries }: { metric: Metric; corpus: Rows; queries: Rows | undefined }): HeldVectors {
  const corpus = rowSource(rows);
  const corpusSquares = squaredLengths(corpus, 'vector');
  const own = { metric, corpus, queries: corpus.again(), own: true, corpusSquares, querySquares: corpusSquares };
  return queries === undefined ? own : askVectors(own, queries);
}

/** The same corpus with other queries. Throws DATA if one contains NaN or infinity. */
export function askVectors(held: HeldVectors, rows: Rows): HeldVectors {
  const queries = rowSource(rows);
  return { ...held, queries, own: false, querySquares: squaredLengths(queries, 'query vector') };
}

function squaredLengths(source: RowSource, name: string): Float64Array {
  const { rows, cols, data } = source;
  const squares = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = source.at(i);
    squares[i] = dot(data, at, data, at, cols);
    if (Number.isFinite(squares[i])) continue;
    const column = data.subarray(at, at + cols).findIndex((value) => !Number.isFinite(value));
    throw new HarnessError('DATA', {
      what: `The ${name} of row ${i} holds ${data[at + column]} (column ${column}), which has no distance.`,
      hint: 'Check the encoder, or try another weight precision.',
    });
  }
  return squares;
}

export interface SpaceParams {
  readonly vectors: HeldVectors;
  readonly corpusRows: Int32Array;
  readonly queryRows: Int32Array;
  readonly k: number;
  readonly excludeSelf: boolean;
  /**
   * [rows of the corpus] Exclusion groups: rows of the same group are not each other's neighbours; only for exact search, and without
   * `excludeSelf`.
   */
  readonly exclusion?: Int32Array | undefined;
}

/**
 * A search as its index sees it: equal rows are merged, both in the corpus and in the queries, zero vectors are handled separately for the
 * cosine, and a row that may not find itself requests one more neighbour and removes itself afterwards. The order by (distance, row) has no
 * ties, so this gives the same result as a search without the row. Rows of the same exclusion group are skipped as they are met; for equal
 * rows of several groups, as many more neighbours as the largest group has are requested, and each row removes its own group afterwards.
 */
export class SearchSpace {
  readonly vectors: HeldVectors;
  readonly corpus: EqualRows;
  readonly queries: EqualRows;
  /** Maximum number of neighbours to find for each group of queries. */
  readonly k: number;
  /** Groups of the corpus that an index is built from: all, without zero vectors for the cosine. */
  readonly indexed: Int32Array;
  /** The others, which are at distance 1 from everything. */
  readonly apart: Int32Array;
  /** The exclusion group of each group of the queries, and of the corpus. */
  readonly exclusion: { readonly queries: Int32Array; readonly corpus: Int32Array } | undefined;
  readonly #params: SpaceParams;

  constructor(params: SpaceParams) {
    const { vectors, corpusRows, queryRows, k, excludeSelf, exclusion } = params;
    this.#params = params;
    this.vectors = vectors;
    this.corpus = groupEqualRows(vectors.corpus, corpusRows);
    this.queries = vectors.own && sameRows(corpusRows, queryRows) ? this.corpus : groupEqualRows(vectors.queries, queryRows);
    if (exclusion !== undefined) {
      const ofQueries = exclusionOfGroups(this.queries, exclusion);
      this.exclusion = { queries: ofQueries, corpus: this.queries === this.corpus ? ofQueries : exclusionOfGroups(this.corpus, exclusion) };
    }
    this.k = Math.min(k + (excludeSelf ? 1 : this.#mostExcluded()), corpusRows.length);
    const { first, count } = this.corpus;
    const isZero = (group: number) => vectors.metric === 'cosine' && vectors.corpusSquares[first[group]!] === 0;
    const groups = Int32Array.from({ length: count }, (_, group) => group);
    this.indexed = groups.filter((group) => !isZero(group));
    this.apart = groups.filter(isZero);
  }

  /** First row of a group of queries. */
  queryRow(group: number): number {
    return this.queries.first[group]!;
  }

  /** Neighbours to find for a group of queries. */
  kOf(group: number): number {
    return this.#exclusionOf(group) === SEVERAL ? this.k : this.#params.k;
  }

  /** The exclusion group that is skipped for a group of queries; SEVERAL: none. */
  #exclusionOf(group: number): number {
    return this.exclusion === undefined ? SEVERAL : this.exclusion.queries[group]!;
  }

  /** Maximum number of corpus rows to remove, over groups of queries with several exclusion groups. */
  #mostExcluded(): number {
    const { exclusion, corpusRows } = this.#params;
    if (exclusion === undefined) return 0;
    const several = new Set<number>();
    const { offsets, rows } = this.queries;
    for (const [group, own] of this.exclusion!.queries.entries()) {
      if (own === SEVERAL) for (let at = offsets[group]!; at < offsets[group + 1]!; at++) several.add(exclusion[rows[at]!]!);
    }
    return largestExclusionGroup(exclusion, corpusRows, several);
  }

  /** Fills the list of a zero query for the cosine, all of whose distances are 1; false for any other query. */
  answerZero(group: number, list: NearestList): boolean {
    const { metric, querySquares } = this.vectors;
    if (metric !== 'cosine' || querySquares[this.queryRow(group)] !== 0) return false;
    const { corpusRows, exclusion } = this.#params;
    const out = this.#exclusionOf(group);
    list.clear(this.kOf(group));
    for (const row of corpusRows) if ((out === SEVERAL || exclusion![row] !== out) && !list.add(1, row)) break;
    return true;
  }

  /** Empties the list of a group of queries and adds the rows that no index holds. */
  begin(queries: number, list: NearestList): void {
    list.clear(this.kOf(queries));
    for (const group of this.apart) this.#addRows(queries, { group, distance: 1 }, list);
  }

  /** Adds the rows of a corpus group at their exact distance from a group of queries. */
  add(queries: number, group: number, list: NearestList): void {
    this.#addRows(queries, { group, distance: this.distance(this.queryRow(queries), group) }, list);
  }

  /** Exact distance of a query from the rows of a corpus group. */
  distance(query: number, group: number): number {
    const { metric, corpus, queries, corpusSquares, querySquares } = this.vectors;
    const row = this.corpus.first[group]!;
    const at = queries.at(query);
    const to = corpus.at(row);
    return metric === 'euclidean'
      ? euclidean(queries.data, at, corpus.data, to, corpus.cols)
      : cosineDistance(dot(queries.data, at, corpus.data, to, corpus.cols), querySquares[query]!, corpusSquares[row]!);
  }

  #addRows(queries: number, { group, distance }: { readonly group: number; readonly distance: number }, list: NearestList): void {
    const { offsets, rows } = this.corpus;
    const { exclusion } = this.#params;
    const out = this.#exclusionOf(queries);
    for (let at = offsets[group]!, end = offsets[group + 1]!; at < end; at++) {
      const row = rows[at]!;
      if ((out === SEVERAL || exclusion![row] !== out) && !list.add(distance, row)) return;
    }
  }

  /** [rows of the queries] the group of each query row. */
  groupOfRows(): Int32Array {
    const groupOf = new Int32Array(this.vectors.queries.rows);
    const { count, offsets, rows } = this.queries;
    for (let group = 0; group < count; group++) {
      for (let at = offsets[group]!; at < offsets[group + 1]!; at++) groupOf[rows[at]!] = group;
    }
    return groupOf;
  }

  /** Neighbours of every query, from those of the groups [groups, this.k]. */
  expand(found: Found): Neighbours {
    const { queryRows, k, excludeSelf, exclusion } = this.#params;
    const groupOf = this.groupOfRows();
    const indices = new Int32Array(queryRows.length * k);
    const distances = new Float64Array(queryRows.length * k);
    for (const [q, row] of queryRows.entries()) {
      const from = groupOf[row]! * this.k;
      const self = excludeSelf ? row : -1;
      const out = exclusion === undefined || this.#exclusionOf(groupOf[row]!) !== SEVERAL ? undefined : exclusion[row]!;
      for (let at = from, to = q * k, end = to + k; to < end; at++) {
        if (found.rows[at] === self || (out !== undefined && exclusion![found.rows[at]!] === out)) continue;
        indices[to] = found.rows[at]!;
        distances[to++] = found.distances[at]!;
      }
    }
    return { queries: queryRows.length, k, indices, distances };
  }
}

/** Neighbours of each group of queries: [groups, k]; distance Infinity where there is none. */
export interface Found {
  readonly rows: Int32Array;
  readonly distances: Float64Array;
}

export function emptyFound(space: SearchSpace): Found & { set(group: number, list: NearestList): void } {
  const { k } = space;
  const rows = new Int32Array(space.queries.count * k);
  const distances = new Float64Array(space.queries.count * k);
  return {
    rows,
    distances,
    set(group, { rows: own, distances: to, length }) {
      rows.set(own.subarray(0, length), group * k);
      distances.set(to.subarray(0, length), group * k);
      distances.fill(Infinity, group * k + length, (group + 1) * k);
    },
  };
}

function sameRows(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}
