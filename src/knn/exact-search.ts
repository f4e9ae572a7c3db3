import { sharedArray } from '../numeric/shared.ts';
import { Candidates } from './candidates.ts';
import { CentredRows } from './centred-rows.ts';
import { NearestList } from './nearest-list.ts';
import { meet, type PlacedTile } from './mutual.ts';
import { mutualStep, type MutualRows } from './mutual-rows.ts';
import type { Products } from './products.ts';
import { ScoreBound } from './score-bound.ts';
import { GROUP, padded } from './search-names.ts';
import { emptyFound, type Found, type SearchSpace } from './search-space.ts';

/** Maximum bytes of a tile of rows: large enough for full speed of the products, small compared with any corpus. */
const TILE_BYTES = 16 << 20;
/** A corpus up to this size is centred once, a larger one tile by tile for every block of queries. */
const KEPT_BYTES = 128 << 20;
const TILE_ROWS = 2048;
/** Queries per product: 512 x 2048 scores are 4 MiB. Four times as many save 5% of a search among 6,000 rows and nothing among 60,000. */
const PRODUCT_QUERIES = 512;
/** Candidates beyond k: with fewer, some searches have to be repeated; with more, the lists cost time. */
const MARGIN = 16;
/** Maximum bytes of centred rows shared by threads. */
const SHARED_BYTES = 256 << 20;
/** Maximum bytes of the candidates of all queries together, if every product serves two of them: small compared with the vectors. */
const MUTUAL_BYTES = 64 << 20;

export interface ExactParams {
  readonly space: SearchSpace;
  readonly products: Products;
  /** Bytes of a corpus that is centred once; for tests. */
  readonly keptBytes?: number | undefined;
  /** Called with the fraction of the search that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * The k nearest rows of each group of queries. Float32 products of tiles propose candidates, whose distances are then computed exactly. If
 * the error bound of the products cannot exclude every other row, a second pass examines each row that it cannot exclude.
 */
export function exactSearch(params: ExactParams): Promise<Found> {
  return new ExactSearch(params).find(params.onProgress);
}

interface CentredTile extends PlacedTile {
  /** [rows] squared lengths. */
  readonly lengths: Float64Array;
}

/** A block of queries stays in memory while tiles of rows are replaced. */
type Use = 'queries' | 'rows';

/** An exact search, complete or with its candidates found by other threads. */
export class ExactSearch {
  readonly #space: SearchSpace;
  readonly #products: Products;
  readonly #cols: number;
  readonly #rows: CentredRows;
  readonly #bound: ScoreBound;
  /** Rows per tile. */
  readonly #step: number;
  /** Tiles by the number of their first row, for a small corpus. */
  #kept: Map<number, CentredTile> | undefined;
  /** For a large corpus. */
  readonly #buffers: Partial<Record<Use, Float32Array>> = {};

  /** If its candidates are found by other threads. */
  #shared: MutualRows | undefined;

  constructor({ space, products, keptBytes = KEPT_BYTES }: Omit<ExactParams, 'onProgress'>) {
    const { cols } = space.vectors.corpus;
    this.#space = space;
    this.#products = products;
    this.#cols = cols;
    this.#step = Math.max(GROUP, Math.min(TILE_ROWS, GROUP * Math.floor(TILE_BYTES / (4 * cols * GROUP))));
    this.#kept = 4 * cols * space.indexed.length <= keptBytes ? new Map() : undefined;
    this.#rows = new CentredRows(space);
    this.#bound = new ScoreBound({ metric: space.vectors.metric, cols, rows: this.#rows });
  }

  async find(onProgress: (share: number) => void = () => {}): Promise<Found> {
    const result = emptyFound(this.#space);
    for await (const candidates of this.#candidates(onProgress)) await this.#settleAll(candidates, result);
    return result;
  }

  /** Data for threads that find the candidates of rows searched among themselves; undefined if they are not, or are too many. */
  share(): MutualRows | undefined {
    const { vectors, corpus, indexed, exclusion } = this.#space;
    const cols = this.#cols;
    const count = indexed.length;
    const whole = padded(count);
    const width = this.#width();
    if (!this.#isMutual(width) || 4 * whole * cols > SHARED_BYTES) return undefined;
    this.#kept = undefined; // shared data is not held twice
    const data = sharedArray(Float32Array, whole * cols);
    const lengths = new Float64Array(count);
    this.#bound.longest = this.#rows.write({
      source: vectors.corpus,
      rows: corpus.first,
      lengths: vectors.corpusSquares,
      data,
      squares: lengths,
    });
    const squares = new Float32Array(whole).fill(Infinity);
    squares.set(lengths);
    const step = mutualStep(cols, { bytes: TILE_BYTES, most: TILE_ROWS });
    return (this.#shared = {
      count,
      cols,
      step,
      width,
      data,
      squares,
      lengths,
      exclusion: exclusion?.corpus,
      limits: sharedArray(Float32Array, count).fill(Infinity),
      next: sharedArray(Int32Array, 1),
    });
  }

  /** Completes the search with the candidates that threads found from the shared data. */
  async settle(found: readonly Pick<Candidates, 'scores' | 'places'>[]): Promise<Found> {
    const { count: size, width, lengths } = this.#shared!;
    const candidates = new Candidates({ from: 0, size, width });
    candidates.squares.set(lengths);
    for (const part of found) candidates.take(part);
    const result = emptyFound(this.#space);
    await this.#settleAll(candidates, result);
    return result;
  }

  async #settleAll(candidates: Candidates, result: ReturnType<typeof emptyFound>): Promise<void> {
    const list = new NearestList(this.#space.k);
    const open: number[] = [];
    for (let query = candidates.from; query < candidates.from + candidates.size; query++) {
      if (!this.#settle(query, candidates, list)) open.push(query);
      result.set(query, list);
    }
    for (let at = 0; at < open.length; at += PRODUCT_QUERIES) {
      const some = open.slice(at, at + PRODUCT_QUERIES);
      for (const [i, full] of (await this.#rescan(some, result)).entries()) result.set(some[i]!, full);
    }
  }

  /** Number of candidates per query. */
  #width(): number {
    return Math.min(this.#space.k + MARGIN, this.#space.indexed.length);
  }

  /** Whether rows are searched among themselves, with this many candidates each. */
  #isMutual(width: number): boolean {
    const { queries, corpus, indexed } = this.#space;
    return queries === corpus && queries.count === indexed.length && 8 * width * indexed.length <= MUTUAL_BYTES;
  }

  /** Candidates of all queries, range by range. */
  async *#candidates(onProgress: (share: number) => void): AsyncGenerator<Candidates> {
    const { queries, indexed, exclusion: own } = this.#space;
    const width = this.#width();
    const exclusion = own && { queries: own.queries, rows: indexed.map((group) => own.corpus[group]!) };
    if (this.#isMutual(width)) {
      yield await this.#amongThemselves(new Candidates({ from: 0, size: indexed.length, width, exclusion }), onProgress);
      return;
    }
    for (let from = 0; from < queries.count; from += this.#step) {
      const size = Math.min(this.#step, queries.count - from);
      yield await this.#amongRows(new Candidates({ from, size, width, exclusion }), (share) =>
        onProgress((from + size * share) / queries.count),
      );
    }
  }

  async #amongRows(candidates: Candidates, onProgress: (share: number) => void): Promise<Candidates> {
    const { indexed, queries } = this.#space;
    const { from, size, squares } = candidates;
    const data = this.#queries(queries.first.subarray(from, from + size), squares);
    for (let at = 0; at < indexed.length; at += this.#step) {
      const tile = this.#tile(at, 'rows');
      for (let query = 0; query < size; query += PRODUCT_QUERIES) {
        const count = Math.min(PRODUCT_QUERIES, size - query);
        const scored = await this.#products.of(this.#part(data, query, count), tile);
        candidates.offer({ first: from + query, count, at, rows: tile.rows, scored, squares: tile.squares });
        onProgress((at + (tile.rows * (query + count)) / size) / indexed.length);
      }
    }
    return candidates;
  }

  /** A corpus searched for its own rows: the product of two rows serves both, so half of the products suffice. */
  async #amongThemselves(candidates: Candidates, onProgress: (share: number) => void): Promise<Candidates> {
    const { size } = candidates;
    const products = this.#products;
    let done = 0;
    const onDone = (pairs: number): void => {
      done += pairs;
      onProgress(Math.min(1, (2 * done) / size ** 2));
    };
    for (let from = 0; from < size; from += this.#step) {
      const block = this.#tile(from, 'queries');
      candidates.squares.set(block.lengths, from);
      for (let at = from; at < size; at += this.#step) {
        const tile = at === from ? block : this.#tile(at, 'rows');
        await meet({ block, tile, candidates, products, shape: { queries: PRODUCT_QUERIES, rows: this.#step }, onDone });
      }
    }
    return candidates;
  }

  /** Fills the list of a query from its candidates; false if another row may belong in it. */
  #settle(query: number, { from, squares, width, scores, places }: Candidates, list: NearestList): boolean {
    const space = this.#space;
    if (space.answerZero(query, list)) return true;
    space.begin(query, list);
    const square = squares[query - from]!;
    let limit = Infinity;
    let worst = Infinity;
    const end = (query - from + 1) * width;
    for (let at = end - width; at < end; at++) {
      // All following scores, and those of non-candidates, are at least as large; an infinite score ends the candidates.
      if (scores[at]! > limit || scores[at] === Infinity) return true;
      space.add(query, space.indexed[places[at]!]!, list);
      if (list.worst < worst) {
        worst = list.worst;
        limit = this.#bound.limit(square, worst);
      }
    }
    return width === space.indexed.length || scores[end - 1]! > limit;
  }

  /** Lists of some queries, by examining every row that their current lists cannot exclude. */
  async #rescan(some: readonly number[], soFar: Found): Promise<NearestList[]> {
    const space = this.#space;
    const squares = new Float64Array(some.length);
    const queries = this.#queries(
      Int32Array.from(some, (query) => space.queryRow(query)),
      squares,
    );
    const lists = some.map(() => new NearestList(space.k));
    for (const [i, query] of some.entries()) space.begin(query, lists[i]!);
    const limits = some.map((query, i) => this.#bound.limit(squares[i]!, soFar.distances[query * space.k + space.kOf(query) - 1]!));
    for (let at = 0; at < space.indexed.length; at += this.#step) {
      const tile = this.#tile(at, 'rows');
      const { products, stride } = await this.#products.of(queries, tile);
      for (const [i, query] of some.entries()) {
        const list = lists[i]!;
        let limit = limits[i]!;
        for (let j = 0, product = i * stride; j < tile.rows; j++, product++) {
          if (products[product]! + tile.squares[j]! > limit) continue;
          const { worst } = list;
          space.add(query, space.indexed[at + j]!, list);
          if (list.worst < worst) limit = Math.min(limit, this.#bound.limit(squares[i]!, list.worst));
        }
        limits[i] = limit;
      }
    }
    return lists;
  }

  /** Centred queries [rows.length, cols]; their squared lengths in `squares`. */
  #queries(rows: Int32Array, squares: Float64Array): Float32Array {
    const { queries: source, querySquares: lengths } = this.#space.vectors;
    const data = new Float32Array(rows.length * this.#cols);
    this.#rows.write({ source, rows, lengths, data, squares });
    return data;
  }

  /** Centred rows of the corpus, starting at one. The tile of a large corpus is overwritten by the next one for the same use. */
  #tile(at: number, use: Use): CentredTile {
    const kept = this.#kept?.get(at);
    if (kept !== undefined) return kept;
    const { indexed, corpus, vectors } = this.#space;
    const cols = this.#cols;
    const rows = indexed.subarray(at, at + this.#step).map((group) => corpus.first[group]!);
    const whole = padded(rows.length);
    const buffer = this.#kept === undefined ? (this.#buffers[use] ??= new Float32Array(this.#step * cols)) : new Float32Array(whole * cols);
    const data = buffer.subarray(0, whole * cols).fill(0, rows.length * cols);
    const lengths = new Float64Array(rows.length);
    const longest = this.#rows.write({ source: vectors.corpus, rows, lengths: vectors.corpusSquares, data, squares: lengths });
    const squares = new Float32Array(whole).fill(Infinity);
    squares.set(lengths);
    const tile = { from: at, rows: rows.length, cols, data, squares, lengths };
    this.#bound.longest = Math.max(this.#bound.longest, longest);
    this.#kept?.set(at, tile);
    return tile;
  }

  #part(data: Float32Array, from: number, rows: number): Float32Array {
    return data.subarray(from * this.#cols, (from + rows) * this.#cols);
  }
}
