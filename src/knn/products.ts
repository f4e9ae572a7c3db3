import { InferenceSession, Tensor } from 'onnxruntime-node';
import { SEARCH, searchGraph } from './search-graph.ts';

/** Rows as the runtime takes them: data [rows, cols]. */
export interface Tile {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** [rows] squared lengths. */
  readonly squares: Float32Array;
}

/** The matrix products of a search, on a number of threads. Each call blocks its thread. */
export class Products {
  readonly #top: InferenceSession;
  readonly #all: InferenceSession;

  private constructor(top: InferenceSession, all: InferenceSession) {
    this.#top = top;
    this.#all = all;
  }

  static async open(threads: number): Promise<Products> {
    const session = (top: boolean) =>
      InferenceSession.create(searchGraph({ top }), {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        enableMemPattern: false, // shapes change from tile to tile
        // Threads that spin between two tiles would take the processor from what runs between them.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 3,
      });
    return new Products(await session(true), await session(false));
  }

  /** The `count` lowest scores of each query, ascending, and their rows in the tile: [queries, count] each. */
  async lowest(queries: Float32Array, tile: Tile, count: number): Promise<{ values: Float32Array; indices: Int32Array }> {
    const feeds = { ...this.#feeds(queries, tile), [SEARCH.count]: new Tensor('int64', BigInt64Array.of(BigInt(count)), [1]) };
    const { [SEARCH.values]: values, [SEARCH.indices]: indices } = await this.#top.run(feeds);
    return { values: values!.data as Float32Array, indices: indices!.data as Int32Array };
  }

  /** All scores [queries, tile rows]. */
  async scores(queries: Float32Array, tile: Tile): Promise<Float32Array> {
    const { [SEARCH.scores]: scores } = await this.#all.run(this.#feeds(queries, tile));
    return scores!.data as Float32Array;
  }

  async close(): Promise<void> {
    await this.#top.release();
    await this.#all.release();
  }

  #feeds(queries: Float32Array, { rows, cols, data, squares }: Tile): Record<string, Tensor> {
    return {
      [SEARCH.queries]: new Tensor('float32', queries, [queries.length / cols, cols]),
      [SEARCH.rows]: new Tensor('float32', data, [rows, cols]),
      [SEARCH.squares]: new Tensor('float32', squares, [rows]),
    };
  }
}
