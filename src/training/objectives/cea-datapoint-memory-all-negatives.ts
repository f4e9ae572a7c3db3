import { alignment } from './alignment.ts';

/**
 * As cea-memory-all-negatives, but remembers texts instead of vectors: a step embeds up to one further text per class together with the
 * batch.
 */
export const ceaDatapointMemoryAllNegatives = alignment({
  name: 'cea-datapoint-memory-all-negatives',
  memory: 'rows',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'all', same: 1, different: 0 } }],
});
