import { availableParallelism } from 'node:os';
import { HarnessError, option } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { searchGraph } from './search-graph.ts';
import { SearchThread } from './search-thread.ts';
import type { HnswOptions, Neighbours, SearchOptions, SearchParams, Vectors } from './types.ts';

/** A thread that held more than this is ended when it is idle, since nothing else frees its memory at once. */
const KEEP_BYTES = 32 << 20;

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
  #closed = false;

  private constructor({ corpus, queries, threads }: OpenParams) {
    this.#thread = SearchThread.join();
    this.#threads = threads ?? availableParallelism();
    this.#corpusRows = corpus.rows;
    this.#queryRows = (queries ?? corpus).rows;
    this.#cols = corpus.cols;
    this.#ownQueries = queries !== undefined;
    this.#bytes = corpus.data.byteLength + (queries?.data.byteLength ?? 0);
  }

  /** Throws SHAPE where queries and corpus differ in width or have none, DATA where a vector holds NaN or an infinity. */
  static async open(params: OpenParams): Promise<Searcher> {
    const { corpus, queries, metric, takeOver = false } = params;
    if (corpus.cols === 0) throw new HarnessError('SHAPE', { what: 'The vectors have no columns.' });
    if (queries !== undefined) checkWidth(queries, corpus);
    const searcher = new Searcher(params);
    try {
      const transfer: ArrayBuffer[] = [];
      const hand = (matrix: Matrix): Matrix => ({ ...matrix, data: handed(matrix.data, { takeOver, transfer }) });
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

  /** The k nearest rows of each query. Throws OPTION where k is not within the corpus. */
  exact(options: SearchOptions): Promise<Neighbours> {
    return this.#search(options, undefined);
  }

  /** Approximate neighbours with exact distances. Throws OPTION where hnswlib-node is not installed. */
  hnsw(options: SearchOptions, hnsw: HnswOptions): Promise<Neighbours> {
    return this.#search(options, hnsw);
  }

  /** Lets the vectors go. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#thread.call('drop', this.#holder).catch(() => {}); // a thread that ended holds nothing
    await this.#thread.leave({ large: this.#bytes > KEEP_BYTES });
  }

  async #search(
    { k, queries, corpusRows, queryRows, excludeSelf = false, onProgress }: SearchOptions,
    hnsw: HnswOptions | undefined,
  ): Promise<Neighbours> {
    if (queries !== undefined) checkWidth(queries, { cols: this.#cols });
    if (excludeSelf && (this.#ownQueries || queries !== undefined))
      throw new HarnessError('INTERNAL', { what: 'Queries of their own have no row of the corpus to leave out.' });
    const most = (corpusRows?.length ?? this.#corpusRows) - (excludeSelf ? 1 : 0);
    if (!Number.isInteger(k) || k < 1 || k > most) {
      throw new HarnessError('OPTION', {
        where: option('k'),
        what: `${k} neighbours cannot be found among ${most} ${most === 1 ? 'row' : 'rows'}.`,
        hint: `Take 1 to ${most}.`,
      });
    }
    const asked = queryRows ?? all(queries?.rows ?? this.#queryRows);
    const neighbours = await this.#thread.call(
      'find',
      {
        holder: this.#holder,
        queries,
        corpusRows: corpusRows ?? all(this.#corpusRows),
        queryRows: asked,
        k,
        excludeSelf,
        threads: this.#threads,
        hnsw,
        graph: searchGraph(),
      },
      { onProgress: onProgress && ((done) => onProgress(done, asked.length)) },
    );
    onProgress?.(asked.length, asked.length);
    return neighbours;
  }
}

export type OpenParams = Vectors & Pick<SearchParams, 'threads' | 'takeOver'>;

function checkWidth(queries: Pick<Matrix, 'cols'>, corpus: Pick<Matrix, 'cols'>): void {
  if (queries.cols === corpus.cols) return;
  throw new HarnessError('SHAPE', { what: `The queries have ${queries.cols} columns, the corpus has ${corpus.cols}.` });
}

function all(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** The data, or a copy where its buffer is needed afterwards or holds more than it. The buffer is noted as one to move. */
function handed(data: Float32Array, { takeOver, transfer }: { takeOver: boolean; transfer: ArrayBuffer[] }): Float32Array {
  const whole = data.buffer instanceof ArrayBuffer && data.buffer.byteLength === data.byteLength;
  const moved = takeOver && whole ? data : new Float32Array(data);
  transfer.push(moved.buffer as ArrayBuffer);
  return moved;
}
