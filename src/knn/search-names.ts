/** Inputs and output of the graph of a search, apart from what writes it: threads that search need the names alone. */
export const SEARCH = { queries: 'queries', rows: 'rows', products: 'products' } as const;
