import { alignment } from './alignment.ts';

/**
 * Each text with the detached vector of its class and that of a random other class, remembered from earlier batches; with texts of the
 * batch if there is none.
 */
export const ceaMemory = alignment({
  name: 'cea-memory',
  memory: 'vectors',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'one', same: 1, different: 0 } }],
});
