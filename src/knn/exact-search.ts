import { CentredRows } from './centred-rows.ts';
import { NearestList } from './nearest-list.ts';
import type { Products, Tile } from './products.ts';
import { ScoreBound } from './score-bound.ts';
import { emptyFound, type Found, type SearchSpace } from './search-space.ts';

/** What a tile of rows takes at most: large enough for full speed of the products, small beside any corpus. */
const TILE_BYTES = 16 << 20;
const TILE_ROWS = 2048;
/** Queries of one product: 512 x 2048 scores are 4 MiB. Four times as many cost 40 MB more, and save a twentieth of a search among 6,000 rows and nothing among 60,000. */
const PRODUCT_QUERIES = 512;
/** Candidates beyond k: with fewer, one search in some has to be repeated; with more, the lists cost time. */
const MARGIN = 16;

export interface ExactParams {
  readonly space: SearchSpace;
  readonly products: Products;
  /** Called with the share of the search that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * The k nearest rows of each group of queries. Float32 products of tiles propose candidates, whose distances are then
 * computed exactly. Where the bound on what the products lost cannot exclude every other row, a second pass looks at
 * each row that it cannot exclude.
 */
export async function exactSearch({ space, products, onProgress }: ExactParams): Promise<Found> {
  const result = emptyFound(space);
  const search = new TiledSearch(space, products);
  const { count } = space.queries;
  const step = search.tileRows;
  const list = new NearestList(space.k);
  for (let from = 0; from < count; from += step) {
    const size = Math.min(step, count - from);
    const done = (share: number) => onProgress?.((from + size * share) / count);
    const block = search.block(from, size);
    const candidates = await search.candidates(block, done);
    const open: number[] = [];
    for (let i = 0; i < size; i++) {
      if (!search.settle(block, i, candidates, list)) open.push(i);
      result.set(from + i, list);
    }
    for (let at = 0; at < open.length; at += PRODUCT_QUERIES) {
      const some = open.slice(at, at + PRODUCT_QUERIES);
      for (const [i, full] of (await search.rescan(block, some, result)).entries()) result.set(from + some[i]!, full);
    }
  }
  return result;
}

/** Centred queries of a range of groups. */
interface Block {
  readonly from: number;
  readonly size: number;
  /** [size, cols] */
  readonly data: Float32Array;
  /** [size] squared lengths. */
  readonly squares: Float64Array;
}

/** The lowest scores of each query of a block, ascending: [size, width]; groups are places in `indexed`. */
interface Candidates {
  readonly width: number;
  readonly scores: Float32Array;
  readonly places: Int32Array;
}

class TiledSearch {
  readonly tileRows: number;
  readonly #space: SearchSpace;
  readonly #products: Products;
  readonly #cols: number;
  readonly #rows: CentredRows;
  readonly #bound: ScoreBound;

  constructor(space: SearchSpace, products: Products) {
    const { cols } = space.vectors.corpus;
    this.#space = space;
    this.#products = products;
    this.#cols = cols;
    this.tileRows = Math.max(16, Math.min(TILE_ROWS, Math.floor(TILE_BYTES / (4 * cols))));
    this.#rows = new CentredRows(space);
    this.#bound = new ScoreBound({ metric: space.vectors.metric, cols, rows: this.#rows });
  }

  block(from: number, size: number): Block {
    const { queries: matrix, querySquares: lengths } = this.#space.vectors;
    const data = new Float32Array(size * this.#cols);
    const squares = new Float64Array(size);
    this.#rows.write({ matrix, rows: this.#space.queries.first.subarray(from, from + size), lengths, data, squares });
    return { from, size, data, squares };
  }

  async candidates({ size, data }: Block, onProgress: (share: number) => void): Promise<Candidates> {
    const { indexed, k } = this.#space;
    const width = Math.min(k + MARGIN, indexed.length);
    const scores = new Float32Array(size * width).fill(Infinity);
    const places = new Int32Array(size * width);
    let tiles = 0;
    for await (const { tile, at } of this.#tiles()) {
      const count = Math.min(width, tile.rows);
      for (let from = 0; from < size; from += PRODUCT_QUERIES) {
        const to = Math.min(size, from + PRODUCT_QUERIES);
        const { values, indices } = await this.#products.lowest(data.subarray(from * this.#cols, to * this.#cols), tile, count);
        for (let i = from, row = 0; i < to; i++, row += count) merge({ scores, places, from: i * width, width }, values, indices, row, count, at);
        onProgress((tiles + to / size) / Math.ceil(indexed.length / this.tileRows));
      }
      tiles++;
    }
    return { width, scores, places };
  }

  /** Fills the list of query i of a block by its candidates; false where another row may belong in it. */
  settle({ from, squares }: Block, i: number, { width, scores, places }: Candidates, list: NearestList): boolean {
    const space = this.#space;
    if (space.answerZero(from + i, list)) return true;
    space.begin(list);
    const query = space.queryRow(from + i);
    let limit = Infinity;
    let worst = Infinity;
    for (let at = i * width, end = at + width; at < end; at++) {
      if (scores[at]! > limit) return true; // and so are the scores of all that follow, and of what is no candidate
      space.add(query, space.indexed[places[at]!]!, list);
      if (list.worst < worst) {
        worst = list.worst;
        limit = this.#bound.limit(squares[i]!, worst);
      }
    }
    return width === space.indexed.length || scores[(i + 1) * width - 1]! > limit;
  }

  /** Lists of some queries of a block, by a look at every row that their lists so far cannot exclude. */
  async rescan({ from, data, squares }: Block, some: readonly number[], soFar: Found): Promise<NearestList[]> {
    const space = this.#space;
    const cols = this.#cols;
    const queries = new Float32Array(some.length * cols);
    for (const [i, place] of some.entries()) queries.set(data.subarray(place * cols, (place + 1) * cols), i * cols);
    const lists = some.map(() => new NearestList(space.k));
    for (const list of lists) space.begin(list);
    const limits = some.map((place) => this.#bound.limit(squares[place]!, soFar.distances[(from + place + 1) * space.k - 1]!));
    for await (const { tile, at } of this.#tiles()) {
      const scores = await this.#products.scores(queries, tile);
      for (const [i, place] of some.entries()) {
        const list = lists[i]!;
        const query = space.queryRow(from + place);
        let limit = limits[i]!;
        for (let j = 0, score = i * tile.rows; j < tile.rows; j++, score++) {
          if (scores[score]! > limit) continue;
          const { worst } = list;
          space.add(query, space.indexed[at + j]!, list);
          if (list.worst < worst) limit = Math.min(limit, this.#bound.limit(squares[place]!, list.worst));
        }
        limits[i] = limit;
      }
    }
    return lists;
  }

  /** The corpus in tiles, centred; `at` is the place of a tile's first row in `indexed`. A tile is overwritten by the next. */
  async *#tiles(): AsyncGenerator<{ tile: Tile; at: number }> {
    const { indexed, corpus, vectors } = this.#space;
    const most = Math.min(this.tileRows, indexed.length);
    const data = new Float32Array(most * this.#cols);
    const squares = new Float32Array(most);
    for (let at = 0; at < indexed.length; at += most) {
      const rows = indexed.subarray(at, at + most).map((group) => corpus.first[group]!);
      const tile = { rows: rows.length, cols: this.#cols, data: data.subarray(0, rows.length * this.#cols), squares: squares.subarray(0, rows.length) };
      const longest = this.#rows.write({ matrix: vectors.corpus, rows, lengths: vectors.corpusSquares, data: tile.data, squares: tile.squares });
      this.#bound.longest = Math.max(this.#bound.longest, longest);
      yield { tile, at };
    }
  }
}

interface Ranking {
  readonly scores: Float32Array;
  readonly places: Int32Array;
  /** Where the query's candidates begin. */
  readonly from: number;
  readonly width: number;
}

/** Merges the ascending scores of a tile, `count` from `row` on, into those of a query. */
function merge({ scores, places, from, width }: Ranking, values: Float32Array, indices: Int32Array, row: number, count: number, at: number): void {
  const last = from + width - 1;
  for (let c = row, end = row + count; c < end; c++) {
    const score = values[c]!;
    if (score >= scores[last]!) return;
    let to = last;
    for (; to > from && scores[to - 1]! > score; to--) {
      scores[to] = scores[to - 1]!;
      places[to] = places[to - 1]!;
    }
    scores[to] = score;
    places[to] = at + indices[c]!;
  }
}
