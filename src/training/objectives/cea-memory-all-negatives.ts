import { alignment } from './alignment.ts';

/**
 * Each text with the detached vectors of all classes; if no vector of its class, or of any other, is remembered, with all such texts of its
 * batch instead.
 */
export const ceaMemoryAllNegatives = alignment({
  name: 'cea-memory-all-negatives',
  memory: 'vectors',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'all', same: 1, different: 0 } }],
});
