import { alignment } from './alignment.ts';

/** Every unordered pair of the batch, once. */
export const ceaAllNegatives = alignment({
  name: 'cea-all-negatives',
  tasks: [{ field: 'first', rule: { pools: ['batch'], take: 'all', same: 1, different: 0 } }],
});
