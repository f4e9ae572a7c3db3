import { InferenceSession, Tensor } from '../graph/runtime.ts';
import { SEARCH } from './search-names.ts';

/** Rows as the runtime takes them: data [rows, cols]. */
export interface Tile {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** [rows] squared lengths. */
  readonly squares: Float64Array;
}

/** The matrix products of a search, on a number of threads. Each call blocks its thread. */
export class Products {
  readonly #session: InferenceSession;
  /** Where products are written: pages that are new to the process would cost as much as a tenth of the products. */
  #out = new Float32Array();

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** `graph` is `searchGraph()`, made where the library that writes graphs is loaded anyway. */
  static async open({ graph, threads }: { readonly graph: Uint8Array; readonly threads: number }): Promise<Products> {
    const session = await InferenceSession.create(graph, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableMemPattern: false, // shapes change from tile to tile
      // Threads that spin between two tiles would take the processor from what runs between them.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    });
    return new Products(session);
  }

  /** -2 q·r of each query and row: [queries, tile rows], which the next call overwrites. */
  async of(queries: Float32Array, { rows, cols, data }: Tile): Promise<Float32Array> {
    const count = queries.length / cols;
    if (this.#out.length < count * rows) this.#out = new Float32Array(count * rows);
    const out = this.#out.subarray(0, count * rows);
    const feeds = { [SEARCH.queries]: new Tensor('float32', queries, [count, cols]), [SEARCH.rows]: new Tensor('float32', data, [rows, cols]) };
    await this.#session.run(feeds, { [SEARCH.products]: new Tensor('float32', out, [count, rows]) });
    return out;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
