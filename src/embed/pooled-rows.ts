import type { PooledRows } from '../graph/poolings.ts';
import { LINEAR_POOLINGS } from './pool-weights.ts';
import { tokensOf, type VectorSpec } from './vectors.ts';

type Pooled = ReturnType<typeof tokensOf>[number];

/** Row of a pooling of a hidden state among all of its kind that a graph returns (see `addPoolings`). */
export function pooledRow(pooling: Pooled, layer: number): number {
  if (pooling === 'max') return layer;
  return layer * LINEAR_POOLINGS.length + LINEAR_POOLINGS.indexOf(pooling === 'mean-sqrt' ? 'mean' : pooling);
}

/** The rows that vectors are made of; at least one of each kind. */
export function pooledRows(specs: readonly VectorSpec[]): PooledRows {
  const wanted = { pooled: new Set<number>(), max: new Set<number>() };
  for (const spec of specs) {
    for (const pooling of tokensOf(spec)) {
      for (const layer of spec.layers) wanted[pooling === 'max' ? 'max' : 'pooled'].add(pooledRow(pooling, layer));
    }
  }
  return { pooled: ascending(wanted.pooled), max: ascending(wanted.max) };
}

function ascending(rows: ReadonlySet<number>): number[] {
  return rows.size === 0 ? [0] : [...rows].toSorted((a, b) => a - b);
}
