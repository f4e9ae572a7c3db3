import { alignment } from './alignment.ts';

/**
 * Each text with the detached vector of its class and that of a random other class, kept from earlier batches; out of the batch where there
 * is none.
 */
export const ceaMemory = alignment({
  name: 'cea-memory',
  memory: 'vectors',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'one', same: 1, different: 0 } }],
});
