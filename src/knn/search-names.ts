/** Input and output names of the graphs of a search, separate from the code that builds them: search threads only need the names. */
export const SEARCH = {
  queries: 'queries',
  rows: 'rows',
  querySquares: 'query squares',
  rowSquares: 'row squares',
  products: 'products',
  rowMinima: 'row minima',
  queryMinima: 'query minima',
} as const;

/** Number of rows in a group whose minimum score a graph returns. */
export const GROUP = 32;
/** Number of queries in a group: fewer, since their scores differ widely. Divides GROUP. */
export const QUERY_GROUP = 8;

/** `of` rounded up to whole groups. */
export function padded(of: number): number {
  return Math.ceil(of / GROUP) * GROUP;
}
