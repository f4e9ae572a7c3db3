import type { Candidates } from './candidates.ts';
import type { Products, Tile } from './products.ts';
import { padded } from './search-names.ts';

/** Consecutive rows, from a row number on, of a search among themselves. */
export interface PlacedTile extends Tile {
  readonly from: number;
}

/** Queries and rows per product, in whole groups. Queries divide rows. */
export interface ProductShape {
  readonly queries: number;
  readonly rows: number;
}

export interface MeetParams {
  readonly block: PlacedTile;
  /** `block` itself, or a later one. */
  readonly tile: PlacedTile;
  readonly candidates: Candidates;
  readonly products: Products;
  readonly shape: ProductShape;
  /** Called with the number of row pairs computed. */
  readonly onDone: (pairs: number) => void;
}

/** Offers the rows of a block and of a tile to each other: the product of two rows serves both. */
export async function meet({ block, tile, candidates, products, shape, onDone }: MeetParams): Promise<void> {
  const { cols } = block;
  const part = (data: Float32Array, from: number, rows: number): Float32Array => data.subarray(from * cols, (from + rows) * cols);
  const same = block.from === tile.from;
  for (let query = 0; query < block.rows; query += shape.queries) {
    const count = Math.min(shape.queries, block.rows - query);
    const whole = padded(count);
    const queries = part(block.data, query, whole);
    const querySquares = block.squares.subarray(query, query + whole);
    // Within one block: earlier rows have already met these queries.
    for (let row = same ? query : 0; row < tile.rows;) {
      const end = Math.min(tile.rows, row - (row % shape.rows) + shape.rows);
      const rows = end - row;
      const squares = tile.squares.subarray(row, row + padded(rows));
      const scored = await products.mutual(queries, querySquares, { rows, cols, data: part(tile.data, row, squares.length), squares });
      const offer = { first: block.from + query, count, at: tile.from + row, rows, scored, squares };
      candidates.offer(offer);
      candidates.offerBack(offer, same && row === query ? count : 0);
      onDone(count * rows);
      row = end;
    }
  }
}
