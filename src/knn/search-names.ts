/** Inputs and outputs of the graphs of a search, apart from what writes them: threads that search need the names alone. */
export const SEARCH = {
  queries: 'queries',
  rows: 'rows',
  querySquares: 'query squares',
  rowSquares: 'row squares',
  products: 'products',
  rowMinima: 'row minima',
  queryMinima: 'query minima',
} as const;

/** Rows of a group of which a graph says the least score. */
export const GROUP = 32;
/** Queries of one: fewer, since their scores lie far apart. Divides GROUP. */
export const QUERY_GROUP = 8;

/** `of` rounded up to whole groups. */
export function padded(of: number): number {
  return Math.ceil(of / GROUP) * GROUP;
}
