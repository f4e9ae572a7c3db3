import { alignment } from './alignment.ts';

/**
 * Two label fields on one encoder: all pairs under the first (bias), and pairs of the same class under the second (publisher) pushed apart.
 */
export const ceaMultitask = alignment({
  name: 'cea-multitask',
  tasks: [
    { field: 'first', weight: ({ weight }) => weight, rule: { pools: ['batch'], take: 'all', same: 1, different: 0 } },
    { field: 'second', weight: ({ secondWeight }) => secondWeight, rule: { pools: ['batch'], take: 'all', same: 0 } },
  ],
});
