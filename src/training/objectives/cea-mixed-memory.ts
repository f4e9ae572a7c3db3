import { alignment } from './alignment.ts';

/**
 * As cea; a text without a partner in its batch is compared with the detached vector of its class, or of a random other one, remembered
 * from earlier batches.
 */
export const ceaMixedMemory = alignment({
  name: 'cea-mixed-memory',
  memory: 'vectors',
  tasks: [{ field: 'first', rule: { pools: ['batch', 'memory'], take: 'one', same: 1, different: 0 } }],
});
