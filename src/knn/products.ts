import { InferenceSession, Tensor } from '../graph/runtime.ts';
import type { SearchGraphs } from './search-graph.ts';
import { GROUP, QUERY_GROUP, SEARCH } from './search-names.ts';

/** Rows for the runtime, padded to whole groups: data [padded(rows), cols]; those beyond `rows` are ignored. */
export interface Tile {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** [padded(rows)] squared lengths, rounded; infinite beyond `rows`. */
  readonly squares: Float32Array;
}

/** The products of queries and the rows of a tile; overwritten by the next products. */
export interface Scored {
  /** [queries, padded rows] -2 q·r */
  readonly products: Float32Array;
  /** Number of columns of `products`. */
  readonly stride: number;
  /** [queries, stride / GROUP] for each query the minimum of product + |r|² over rows i, i + stride / GROUP, i + 2 stride / GROUP, … */
  readonly rowMinima: Float32Array;
  /**
   * [queries / QUERY_GROUP, stride] for each row the minimum of product + |q|² over queries i, i + queries / QUERY_GROUP, …; only of mutual
   * products.
   */
  readonly queryMinima: Float32Array;
}

const NONE = new Float32Array();

/** The matrix products of a search, on a number of threads. Each call blocks its thread. */
export class Products {
  readonly #graphs: SearchGraphs;
  readonly #threads: number;
  readonly #sessions: Partial<Record<keyof SearchGraphs, InferenceSession>> = {};
  /** Buffers for results: newly allocated pages would cost up to a tenth of the time of the products. */
  readonly #out = { products: NONE, rowMinima: NONE, queryMinima: NONE };

  /** `graphs` are from `searchGraphs()`, called where the library that writes graphs is loaded anyway. */
  constructor({ graphs, threads }: { readonly graphs: SearchGraphs; readonly threads: number }) {
    this.#graphs = graphs;
    this.#threads = threads;
  }

  /** Of queries [m, cols] and a tile of rows. */
  async of(queries: Float32Array, tile: Tile): Promise<Scored> {
    return this.#run('oneSided', queries, tile, {});
  }

  /** For queries [m, cols] that are rows themselves, m in whole groups, with their squared lengths, infinite beyond the last. */
  async mutual(queries: Float32Array, squares: Float32Array, tile: Tile): Promise<Scored> {
    return this.#run('mutual', queries, tile, { [SEARCH.querySquares]: new Tensor('float32', squares, [squares.length, 1]) });
  }

  async close(): Promise<void> {
    for (const session of Object.values(this.#sessions)) await session.release();
  }

  async #run(
    kind: keyof SearchGraphs,
    queries: Float32Array,
    { cols, data, squares }: Tile,
    more: Record<string, Tensor>,
  ): Promise<Scored> {
    const count = queries.length / cols;
    const stride = squares.length;
    const feeds = {
      [SEARCH.queries]: new Tensor('float32', queries, [count, cols]),
      [SEARCH.rows]: new Tensor('float32', data, [stride, cols]),
      [SEARCH.rowSquares]: new Tensor('float32', squares, [1, stride]),
      ...more,
    };
    const products = this.#place('products', count * stride);
    const rowMinima = this.#place('rowMinima', (count * stride) / GROUP);
    const queryMinima = this.#place('queryMinima', kind === 'mutual' ? (count * stride) / QUERY_GROUP : 0);
    const session = (this.#sessions[kind] ??= await this.#open(kind));
    await session.run(feeds, {
      [SEARCH.products]: new Tensor('float32', products, [count, stride]),
      [SEARCH.rowMinima]: new Tensor('float32', rowMinima, [count, stride / GROUP]),
      ...(kind === 'mutual' && { [SEARCH.queryMinima]: new Tensor('float32', queryMinima, [queryMinima.length]) }),
    });
    return { products, stride, rowMinima, queryMinima };
  }

  #place(of: 'products' | 'rowMinima' | 'queryMinima', length: number): Float32Array {
    if (this.#out[of].length < length) this.#out[of] = new Float32Array(length);
    return this.#out[of].subarray(0, length);
  }

  #open(kind: keyof SearchGraphs): Promise<InferenceSession> {
    return InferenceSession.create(this.#graphs[kind], {
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableMemPattern: false, // shapes change from tile to tile
      // Threads that spin between two tiles would take the processor from what runs between them.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    });
  }
}
