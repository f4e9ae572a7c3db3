import { availableParallelism } from 'node:os';
import { HarnessError, option } from '../errors.ts';
import { closeRows, type Rows } from '../numeric/rows.ts';
import { HnswSearch } from './hnsw-search.ts';
import { largestExclusionGroup } from './exclusion-groups.ts';
import { MutualThreads } from './mutual-threads.ts';
import { searchGraphs } from './search-graph.ts';
import { SearchThread } from './search-thread.ts';
import { loadUsearch } from './usearch.ts';
import type { FindParams } from './worker.ts';
import type { ExactOptions, HnswOptions, Index, Neighbours, SearchOptions, SearchParams, Vectors } from './types.ts';

/** A thread that held more than this is ended when idle, as nothing else frees its memory immediately. */
const KEEP_BYTES = 32 << 20;

/** Number of rows searched among themselves from which threads share the search: with fewer it is finished before they have started. */
const SHARED_ROWS = 8192;

/** Maximum number of look-ups of all queries, each with twice as many candidates, with a join after each. */
const MOST_LOOK_UPS = 3;
const JOINS = 2;

/** Whether approximate neighbours are good enough. */
export type IsEnough = (neighbours: Neighbours) => boolean;

/** Vectors held by the search thread, for one or more searches. */
export class Searcher {
  static #next = 0;
  readonly #thread: SearchThread;
  readonly #holder = Searcher.#next++;
  readonly #threads: number;
  readonly #corpusRows: number;
  readonly #queryRows: number;
  readonly #cols: number;
  readonly #ownQueries: boolean;
  readonly #bytes: number;
  /** Files to close. */
  readonly #files: readonly Rows[];
  /** Of searches in progress. */
  readonly #sharing = new Set<MutualThreads>();
  /** `onProgress` has ended a search that the thread is still busy with. */
  #givenUp = false;
  #closed = false;

  private constructor({ corpus, queries, threads, takeOver = false }: OpenParams) {
    this.#thread = SearchThread.join();
    this.#threads = threads ?? availableParallelism();
    this.#corpusRows = corpus.rows;
    this.#queryRows = (queries ?? corpus).rows;
    this.#cols = corpus.cols;
    this.#ownQueries = queries !== undefined;
    this.#bytes = 4 * (corpus.rows * corpus.cols + (queries === undefined ? 0 : queries.rows * queries.cols));
    this.#files = takeOver ? [corpus, ...(queries === undefined ? [] : [queries])] : [];
  }

  /** Throws SHAPE if queries and corpus differ in width or have none, DATA if a vector contains NaN or infinity. */
  static async open(params: OpenParams): Promise<Searcher> {
    const { corpus, queries, metric, takeOver = false } = params;
    if (corpus.cols === 0) throw new HarnessError('SHAPE', { what: 'The vectors have no columns.' });
    if (queries !== undefined) checkWidth(queries, corpus);
    const searcher = new Searcher(params);
    try {
      const transfer: ArrayBuffer[] = [];
      const hand = (rows: Rows): Rows => ('data' in rows ? { ...rows, data: handed(rows.data, { takeOver, transfer }) } : rows);
      await searcher.#thread.call(
        'hold',
        { holder: searcher.#holder, corpus: hand(corpus), queries: queries && hand(queries), metric },
        { transfer },
      );
    } catch (error) {
      await searcher.close();
      throw error;
    }
    return searcher;
  }

  /** The k nearest rows of each query. Throws OPTION if k exceeds the corpus. */
  async exact(options: ExactOptions): Promise<Neighbours> {
    return (await this.#amongThemselves(options)) ?? this.#search(options, undefined);
  }

  /** Approximate neighbours with exact distances, by hnswlib. Throws OPTION if hnswlib-node is not installed. */
  hnswlib(options: SearchOptions, hnsw: HnswOptions): Promise<Neighbours> {
    return this.#search(options, hnsw);
  }

  /**
   * Approximate neighbours with exact distances, by usearch. If they are not good enough the search continues from them: it joins once
   * more, then looks up with twice as many candidates, at most MOST_LOOK_UPS times. Throws OPTION if there is no library for this platform.
   */
  async hnsw(options: SearchOptions, hnsw: HnswOptions, isEnough: IsEnough = () => true): Promise<Neighbours> {
    loadUsearch();
    const params = this.#asked(options);
    const begun = await this.#thread.call('begin', params);
    const { search } = begun;
    const total = params.queryRows.length;
    const { onProgress = () => {} } = options;
    let index: HnswSearch | undefined;
    try {
      const told = (share: number): void => onProgress(Math.floor(share * total), total);
      index = await HnswSearch.open({ thread: this.#thread, search, begun, options: hnsw, threads: this.#threads, onProgress: told });
      for (let lookUp = 0; ; lookUp++) {
        await index.lookUp(hnsw.ef * 2 ** lookUp);
        for (let joined = 1; joined <= JOINS; joined++) {
          await index.join();
          const neighbours = await this.#thread.call('end', search);
          if (!isEnough(neighbours) && (joined < JOINS || lookUp + 1 < MOST_LOOK_UPS)) continue;
          onProgress(total, total);
          return neighbours;
        }
      }
    } finally {
      await index?.close();
      await this.#thread.call('forget', search).catch(() => {}); // a thread that has ended holds nothing
    }
  }

  /** By the given index. */
  by(index: Index, options: SearchOptions, hnsw: HnswOptions, isEnough?: IsEnough): Promise<Neighbours> {
    if (index === 'exact') return this.exact(options);
    return index === 'hnsw' ? this.hnsw(options, hnsw, isEnough) : this.hnswlib(options, hnsw);
  }

  /** Releases the vectors, and ends searches in progress. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#sharing].map((threads) => threads.close()));
    // A thread that has ended holds nothing; one that is busy with a search that nobody waits for ends, unless others use it.
    if (!this.#givenUp) await this.#thread.call('drop', this.#holder).catch(() => {});
    await this.#thread.leave({ large: this.#bytes > KEEP_BYTES || this.#givenUp });
    for (const rows of this.#files) closeRows(rows);
  }

  /** Parameters for the thread. Throws OPTION if k exceeds the corpus, SHAPE if queries have another width. */
  #asked({ k, queries, corpusRows = all(this.#corpusRows), queryRows, excludeSelf = false, exclusion }: ExactOptions): FindParams {
    if (queries !== undefined) checkWidth(queries, { cols: this.#cols });
    if ((excludeSelf || exclusion !== undefined) && (this.#ownQueries || queries !== undefined))
      throw new HarnessError('INTERNAL', { what: 'Queries of their own have no row of the corpus to leave out.' });
    const most = corpusRows.length - (exclusion !== undefined ? largestExclusionGroup(exclusion, corpusRows) : excludeSelf ? 1 : 0);
    if (!Number.isInteger(k) || k < 1 || k > most) {
      throw new HarnessError('OPTION', {
        where: option('k'),
        what: `${k} neighbours cannot be found among ${most} ${most === 1 ? 'row' : 'rows'}.`,
        hint: `Use 1 to ${most}.`,
      });
    }
    return {
      holder: this.#holder,
      queries,
      corpusRows,
      queryRows: queryRows ?? all(queries?.rows ?? this.#queryRows),
      k,
      excludeSelf,
      exclusion,
      threads: this.#threads,
      hnswlib: undefined,
      graphs: searchGraphs(),
    };
  }

  /** Many rows searched among themselves by several threads; undefined for any other search. */
  async #amongThemselves(options: ExactOptions): Promise<Neighbours | undefined> {
    const params = this.#asked(options);
    const { queries, corpusRows, queryRows, graphs } = params;
    const total = queryRows.length;
    if (this.#threads === 1 || this.#ownQueries || queries !== undefined || total < SHARED_ROWS || total !== corpusRows.length)
      return undefined;
    const { onProgress = () => {} } = options;
    const threads = new MutualThreads(this.#threads);
    this.#sharing.add(threads);
    let search: number | undefined;
    try {
      const begun = await this.#thread.call('share', params);
      if (begun === undefined) return undefined;
      search = begun.search;
      const found = await threads.find(begun.rows, graphs, (share) => onProgress(Math.floor(share * total), total));
      const neighbours = await this.#thread.call(
        'settle',
        { search, found },
        { transfer: found.flatMap(({ scores, places }) => [scores.buffer as ArrayBuffer, places.buffer as ArrayBuffer]) },
      );
      onProgress(total, total);
      return neighbours;
    } finally {
      this.#sharing.delete(threads);
      await threads.close();
      if (search !== undefined) await this.#thread.call('forget', search).catch(() => {}); // a thread that has ended holds nothing
    }
  }

  async #search(options: ExactOptions, hnswlib: HnswOptions | undefined): Promise<Neighbours> {
    const params = { ...this.#asked(options), hnswlib };
    const total = params.queryRows.length;
    const { onProgress } = options;
    const told = (done: number): void => {
      this.#givenUp = true;
      onProgress!(done, total);
      this.#givenUp = false;
    };
    const neighbours = await this.#thread.call('find', params, { onProgress: onProgress && told });
    onProgress?.(total, total);
    return neighbours;
  }
}

export type OpenParams = Vectors & Pick<SearchParams, 'threads' | 'takeOver'>;

function checkWidth(queries: Pick<Rows, 'cols'>, corpus: Pick<Rows, 'cols'>): void {
  if (queries.cols === corpus.cols) return;
  throw new HarnessError('SHAPE', { what: `The queries have ${queries.cols} columns, the corpus has ${corpus.cols}.` });
}

function all(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** The data, or a copy if its buffer is needed afterwards or is larger. The buffer is marked for transfer, unless it is shared. */
function handed(data: Float32Array, { takeOver, transfer }: { takeOver: boolean; transfer: ArrayBuffer[] }): Float32Array {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const whole = data.buffer instanceof ArrayBuffer && data.buffer.byteLength === data.byteLength;
  const moved = takeOver && whole ? data : new Float32Array(data);
  transfer.push(moved.buffer as ArrayBuffer);
  return moved;
}
